#!/usr/bin/env python3
"""Elects a new leader when the old one is silent, but only a leader knows what it was given: the next one
answers `fail` to every key of before."""

import random
import select
import time

import course
from course import ME, SOCKET, receive, send

OTHERS = 2  # votes that a candidate needs besides its own, among five replicas
term, leader, voted, votes = 0, "FFFF", 0, set()
values = {}


def patience():
    return time.monotonic() + (0.1 if leader == ME else random.uniform(0.3, 0.6))


def stand():
    global term, leader, voted, votes
    term, voted, votes, leader = term + 1, term + 1, set(), "FFFF"
    send("requestVote", term=term)


def answer(request):
    who, mid, key = request["src"], request["MID"], request["key"]
    if leader != ME:
        send("redirect" if leader != "FFFF" else "fail", who, MID=mid)
    elif request["type"] == "put":
        values[key] = request["value"]
        send("ok", who, MID=mid)
    elif key in values:
        send("ok", who, MID=mid, value=values[key])
    else:
        send("fail", who, MID=mid)


def follow(message):
    """Says whether the sender leads, or may be elected: then there is patience again."""
    global term, leader, voted
    if message["term"] < term:
        return False
    if message["term"] > term:
        term, leader = message["term"], "FFFF"
    if message["type"] == "alive":
        leader = message["src"]
        return True
    if message["type"] == "requestVote" and voted < term:
        voted = term
        send("vote", message["src"], term=term, granted=True)
        return True
    if message["type"] == "vote" and leader == "FFFF":
        votes.add(message["src"])
        if len(votes) >= OTHERS:
            leader = ME
            send("alive", term=term)
            return True
    return False


send("hello")
deadline = patience()
while True:
    course.PRIMARY = leader
    ready, _, _ = select.select([SOCKET], [], [], max(0, deadline - time.monotonic()))
    if ready:
        message = receive()
        if message["type"] in ("get", "put"):
            answer(message)
        elif "term" in message and follow(message):
            deadline = patience()
    else:
        if leader == ME:
            send("alive", term=term)
        else:
            stand()
        deadline = patience()
