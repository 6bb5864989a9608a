"""What every replica of the course does: a socket, a hello, datagrams of JSON."""

import json
import socket
import sys

PORT, ME = int(sys.argv[1]), sys.argv[2]
PRIMARY = "0000"
SOCKET = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
SOCKET.bind(("localhost", 0))
STORE = {}


def send(kind, to="FFFF", **more):
    message = {"src": ME, "dst": to, "leader": PRIMARY, "type": kind} | more
    SOCKET.sendto(json.dumps(message).encode(), ("localhost", PORT))


def receive():
    return json.loads(SOCKET.recv(65535))


def answer(request):
    """The first replica keeps everything, the others send the clients there."""
    who, mid = request["src"], request["MID"]
    if ME != PRIMARY:
        send("redirect", who, MID=mid)
    elif request["type"] == "put":
        STORE[request["key"]] = request["value"]
        send("ok", who, MID=mid)
    else:
        send("ok", who, MID=mid, value=STORE.get(request["key"], ""))


def serve():
    while True:
        message = receive()
        if message["type"] in ("get", "put"):
            answer(message)
