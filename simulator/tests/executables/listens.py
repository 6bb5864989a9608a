#!/usr/bin/env python3
"""The first replica waits for TCP connections, too."""

import socket

from course import ME, PRIMARY, send, serve

send("hello")
if ME == PRIMARY:
    SERVER = socket.create_server(("localhost", 0))
serve()
