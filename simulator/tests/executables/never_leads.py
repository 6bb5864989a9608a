#!/usr/bin/env python3
"""The first replica stands for election again and again, gets all votes, and does not count them."""

import select

from course import ME, PRIMARY, SOCKET, receive, send

term = 0
send("hello")
while True:
    if not select.select([SOCKET], [], [], 0.4)[0]:
        if ME == PRIMARY:
            term += 1
            send("requestVote", leader="FFFF", term=term)
        continue
    message = receive()
    if message["type"] == "requestVote":
        send("vote", message["src"], leader="FFFF", term=message["term"], voteGranted=True)
