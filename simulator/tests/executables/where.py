#!/usr/bin/env python3
"""Prints the path of its folder, part by part: the report leaves it out where it is whole."""

import os

from course import send, serve

print("folder", *os.getcwd().split("/"))
send("hello")
serve()
