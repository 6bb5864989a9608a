#!/usr/bin/env python3
"""A replica that fails when it is first asked for something, deep in its own calls."""

from course import SOCKET, receive, send


def descend(depth, request):
    if depth:
        return descend(depth - 1, request)
    return {"nothing": 0}[request["type"]]


send("hello")
while True:
    message = receive()
    try:
        descend(12, message)
    except KeyError:
        raise RuntimeError("there is no way to serve this")
