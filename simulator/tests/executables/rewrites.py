#!/usr/bin/env python3
"""It writes its file anew in its own place."""

from files import Rewritten
from primary import run

run(Rewritten)
