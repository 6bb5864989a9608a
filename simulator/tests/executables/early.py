#!/usr/bin/env python3
"""A replica without a fault but that it speaks to the others as soon as it has said hello."""

from course import send, serve

send("hello")
send("beat")
serve()
