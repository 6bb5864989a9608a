#!/usr/bin/env python3
"""The first replica dies of its first put."""

from course import ME, PRIMARY, answer, receive, send

send("hello")
while True:
    message = receive()
    if ME == PRIMARY and message["type"] == "put":
        raise ValueError("a put is more than I can bear")
    if message["type"] in ("get", "put"):
        answer(message)
