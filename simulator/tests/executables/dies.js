#!/usr/bin/env node
// A replica that fails when it is first asked for something, deep in its own calls.

const dgram = require("dgram");

const socket = dgram.createSocket("udp4");

function descend(depth, request) {
  if (depth > 0) {
    return descend(depth - 1, request);
  }
  throw new RangeError("there is no way to serve this");
}

socket.on("message", (bytes) => descend(12, JSON.parse(bytes.toString())));
socket.bind(0, "localhost", () => {
  const hello = { src: process.argv[3], dst: "FFFF", leader: "FFFF", type: "hello" };
  socket.send(JSON.stringify(hello), Number(process.argv[2]), "localhost");
});
