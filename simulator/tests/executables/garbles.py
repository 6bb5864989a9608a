#!/usr/bin/env python3
"""The first replica sends what is no JSON."""

from course import ME, PORT, PRIMARY, SOCKET, receive, send, serve

send("hello")
while ME == PRIMARY:
    receive()
    SOCKET.sendto(b"{nonsense", ("localhost", PORT))
serve()
