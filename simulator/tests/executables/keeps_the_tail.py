#!/usr/bin/env python3
"""It adds records behind a torn one, at which the next start stops reading."""

from files import Appended
from primary import run

run(lambda store: Appended(store, cuts_off=False))
