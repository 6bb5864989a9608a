#!/usr/bin/env python3
"""Elects a leader, with time-outs of equal length in all replicas: whoever started first wins. Where all start
at once, all stand for election at once, vote for themselves, and do so again for ever."""

import select
import sys
import time

from course import ME, SOCKET, receive, send

TIME_OUT, BEAT = 0.3, 0.1
MAJORITY = len(sys.argv[2:]) // 2 + 1
term, voted_for, votes, leader, store = 0, None, set(), "FFFF", {}


def say(kind, to="FFFF", **more):
    send(kind, to, leader=leader, **more)


def serve(request):
    mid, who = request["MID"], request["src"]
    if leader != ME:
        # Without a leader it is silent: redirects would keep the clients going round.
        if leader != "FFFF":
            say("redirect", who, MID=mid)
    elif request["type"] == "put":
        store[request["key"]] = request["value"]
        say("ok", who, MID=mid)
    else:
        say("ok", who, MID=mid, value=store.get(request["key"], ""))


say("hello")
deadline = time.monotonic() + TIME_OUT
while True:
    if not select.select([SOCKET], [], [], max(0, deadline - time.monotonic()))[0]:
        if leader == ME:
            say("beat", term=term)
            deadline = time.monotonic() + BEAT
        else:
            term, voted_for, votes, leader = term + 1, ME, {ME}, "FFFF"
            say("vote_request", term=term)
            deadline = time.monotonic() + TIME_OUT
        continue
    message = receive()
    if message["type"] in ("get", "put"):
        serve(message)
    elif message["type"] == "vote_request" and message["term"] > term:
        term, voted_for, leader = message["term"], message["src"], "FFFF"
        say("vote", voted_for, term=term)
        deadline = time.monotonic() + TIME_OUT
    elif message["type"] == "vote" and message["term"] == term and voted_for == ME:
        votes.add(message["src"])
        if len(votes) >= MAJORITY and leader != ME:
            leader = ME
            say("beat", term=term)
            deadline = time.monotonic() + BEAT
    elif message["type"] == "beat" and message["term"] >= term:
        term, leader = message["term"], message["src"]
        deadline = time.monotonic() + TIME_OUT
