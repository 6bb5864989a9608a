#!/usr/bin/env python3
"""A thread of its own writes a long line for each request: it waits for a queue, and for nothing else."""

import queue
import threading

from course import answer, receive, send

LINES = queue.Queue()


def write():
    while True:
        print(LINES.get())


threading.Thread(target=write, daemon=True).start()
send("hello")
while True:
    message = receive()
    if message["type"] in ("get", "put"):
        LINES.put("." * 60_000)
        answer(message)
