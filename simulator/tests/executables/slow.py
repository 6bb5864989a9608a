#!/usr/bin/env python3
"""Computes for a while before every answer."""

from course import answer, receive, send

send("hello")
while True:
    message = receive()
    if message["type"] in ("get", "put"):
        sum(range(12_000_000))
        answer(message)
