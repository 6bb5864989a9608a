#!/usr/bin/env python3
"""The first replica opens a TCP connection."""

import socket

from course import ME, PRIMARY, send, serve

send("hello")
if ME == PRIMARY:
    socket.create_connection(("localhost", 80))
serve()
