#!/usr/bin/env node
// A replica without a fault that first prints what generators draw as people seed them.

const crypto = require("crypto");
const dgram = require("dgram");

const [port, me] = [Number(process.argv[2]), process.argv[3]];
const primary = "0000";
const socket = dgram.createSocket("udp4");
const store = new Map();

function send(type, dst, more) {
  socket.send(JSON.stringify({ src: me, dst, leader: primary, type, ...more }), port, "localhost");
}

function beat() {
  send("beat", "FFFF", { at: Date.now(), luck: Math.random() });
  setTimeout(beat, 100 + 200 * Math.random());
}

socket.on("message", (bytes) => {
  const { type, src, key, value, MID } = JSON.parse(bytes.toString());
  if (type !== "get" && type !== "put") {
    return;
  }
  if (me !== primary) {
    send("redirect", src, { MID });
  } else if (type === "put") {
    store.set(key, value);
    send("ok", src, { MID });
  } else {
    send("ok", src, { MID, value: store.get(key) ?? "" });
  }
});

const draws = {
  "Math.random": Math.random(),
  "performance.now": performance.timeOrigin + performance.now(),
  hrtime: process.hrtime.bigint(),
  randomBytes: crypto.randomBytes(8).toString("hex"),
  randomUUID: crypto.randomUUID(),
  pid: process.pid,
};
for (const [name, draw] of Object.entries(draws)) {
  console.log("draw", name, String(draw));
}
socket.bind(0, "localhost", () => {
  send("hello", "FFFF", {});
  setTimeout(beat, 1000);
});
