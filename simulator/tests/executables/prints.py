#!/usr/bin/env python3
"""The first replica prints without end."""

from course import ME, PRIMARY, send, serve

send("hello")
while ME == PRIMARY:
    print("la" * 5000)
serve()
