#!/usr/bin/env python3
"""The first replica never says hello."""

import time

from course import ME, PRIMARY, send, serve

while ME == PRIMARY:
    time.sleep(1)
send("hello")
serve()
