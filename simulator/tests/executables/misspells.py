#!/usr/bin/env python3
"""The first replica sends datagrams whose fields are not what they should be, and huge ones."""

import json

from course import ME, PORT, PRIMARY, SOCKET, receive, send, serve


def transmit(message):
    SOCKET.sendto(json.dumps(message).encode(), ("localhost", PORT))


send("hello")
while ME == PRIMARY:
    who = receive()["src"]
    transmit({"src": ME, "dst": who, "leader": 7, "type": ["ok"], "MID": None})
    transmit({"src": ME, "dst": "FFFF", "leader": ME, "type": "x", "padding": "x" * 60000})
    transmit([{}] * 5000)
serve()
