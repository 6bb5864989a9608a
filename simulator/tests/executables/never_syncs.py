#!/usr/bin/env python3
"""It writes its records, and never syncs them."""

from files import Appended
from primary import run

run(lambda store: Appended(store, syncs=False))
