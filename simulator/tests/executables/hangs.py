#!/usr/bin/env python3
"""The first replica computes without end."""

from course import ME, PRIMARY, receive, send, serve

send("hello")
if ME == PRIMARY:
    receive()
    while True:
        pass
serve()
