#!/usr/bin/env python3
"""Says hello, and waits to be spoken to, with no time-out: no replica ever speaks first, and clients are not
answered."""

from course import receive, send

send("hello")
while True:
    receive()
