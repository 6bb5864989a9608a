#!/usr/bin/env python3
"""Tells when a request came and which leader it named, and which one its own answers name.

Replica 0001 answers, the others send the clients there. Now and then 0001 fails and names 0002, or answers
twice and names 0002 the second time, which no client may believe. Once 0001 has fallen silent, 0003 takes over."""

import select
import time

from course import ME, SOCKET, receive, send


def answer(kind, request, leader, **more):
    print(time.monotonic_ns(), "answers", request["src"], request["MID"], kind, leader)
    if "value" in more and request["type"] == "put":
        del more["value"]
    send(kind, request["src"], leader=leader, MID=request["MID"], **more)


send("hello")
# Who is sent something before its hello is taken for dead.
time.sleep(1)
store, heard, served = {}, time.monotonic(), 0
while True:
    is_silent = ME != "0001" and time.monotonic() - heard > 1
    leader = "0003" if is_silent else "0001"
    if ME == leader:
        send("beat", leader=leader)
    if not select.select([SOCKET], [], [], 0.2)[0]:
        continue
    message = receive()
    if message["type"] == "beat":
        if message["src"] == "0001":
            heard = time.monotonic()
        continue
    print(time.monotonic_ns(), "request", message["src"], message["MID"], message["leader"])
    served += 1
    if ME != leader:
        answer("redirect", message, leader)
    elif served % 5 == 0:
        answer("fail", message, "0002")
    else:
        if message["type"] == "put":
            store[message["key"]] = message["value"]
        answer("ok", message, leader, value=store.get(message["key"], ""))
        if served % 5 == 1:
            answer("ok", message, "0002", value=store.get(message["key"], ""))
