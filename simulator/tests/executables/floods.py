#!/usr/bin/env python3
"""The first replica does nothing but send."""

from course import ME, PRIMARY, send, serve

send("hello")
while ME == PRIMARY:
    send("flood")
serve()
