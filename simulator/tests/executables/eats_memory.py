#!/usr/bin/env python3
"""Keeps a copy of everything for every request, and more than it needs."""

from course import answer, receive, send

send("hello")
EATEN = []
while True:
    message = receive()
    if message["type"] in ("get", "put"):
        EATEN.append(bytearray(1 << 25))
        answer(message)
