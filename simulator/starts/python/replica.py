#!/usr/bin/env python3
"""A replicated key-value store with a fixed primary: the replica with the lowest id.

The primary sends each put to all others, and again until a majority has it; then it answers.
The others send clients to the primary. They never take its place, so once it is killed no
request is answered any more.
"""

import json
import select
import socket
import sys
import time

RESEND_AFTER = 0.1  # Seconds.

port, me, others = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
primary = min([me] + others)
majority = (len(others) + 1) // 2 + 1

store = {}  # The primary's values, each of which is on a majority.
log = []  # The primary's puts in order, with the replicas that have each.
committed = 0  # How many puts at the start of the log are in the store.
copies = {}  # The puts that this replica keeps for the primary, by their place in the log.

network = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
network.bind(("localhost", 0))


def send(kind, to, **fields):
    message = {"src": me, "dst": to, "leader": primary, "type": kind, **fields}
    network.sendto(json.dumps(message).encode(), ("localhost", port))


def replicate(place):
    put = log[place]
    for other in others:
        if other not in put["has"]:
            send("copy", other, place=place, key=put["key"], value=put["value"])


def commit():
    """Answers the puts that a majority has, in the order of the log."""
    global committed
    while committed < len(log) and len(log[committed]["has"]) >= majority:
        put = log[committed]
        store[put["key"]] = put["value"]
        send("ok", put["src"], MID=put["MID"])
        committed += 1


def handle(message):
    kind, source = message["type"], message["src"]
    if kind in ("get", "put") and me != primary:
        send("redirect", source, MID=message["MID"])
    elif kind == "get":
        send("ok", source, MID=message["MID"], value=store.get(message["key"], ""))
    elif kind == "put":
        log.append({**message, "has": {me}})
        replicate(len(log) - 1)
    elif kind == "copy":
        copies[message["place"]] = message["key"], message["value"]
        send("copied", source, place=message["place"])
    elif kind == "copied":
        log[message["place"]]["has"].add(source)
        commit()


send("hello", "FFFF")
resend_at = time.monotonic() + RESEND_AFTER
while True:
    wait = max(0, resend_at - time.monotonic())
    if select.select([network], [], [], wait)[0]:
        handle(json.loads(network.recv(65535)))
    if time.monotonic() >= resend_at:
        for place in range(committed, len(log)):
            replicate(place)
        resend_at = time.monotonic() + RESEND_AFTER
