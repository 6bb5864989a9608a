#!/usr/bin/env python3
"""The first replica keeps everything: one thread receives and answers `get`, another one stores what was `put`.

A `put` is answered once it is stored. With a file `mistake` it is answered when it is merely in the queue."""

import os
import queue
import threading

from course import ME, PRIMARY, STORE, receive, send

EARLY = os.path.exists("mistake")
puts = queue.Queue()


def ok(request, **more):
    send("ok", request["src"], MID=request["MID"], **more)


def store():
    while True:
        request = puts.get()
        STORE[request["key"]] = request["value"]
        if not EARLY:
            ok(request)


send("hello")
threading.Thread(target=store, daemon=True).start()
while True:
    message = receive()
    if message["type"] not in ("get", "put"):
        continue
    if ME != PRIMARY:
        send("redirect", message["src"], MID=message["MID"])
    elif message["type"] == "get":
        ok(message, value=STORE.get(message["key"], ""))
    else:
        puts.put(message)
        if EARLY:
            ok(message)
