#!/usr/bin/env python3
"""It replaces its file by a new one, and does not sync the folder."""

from files import Replaced
from primary import run

run(lambda store: Replaced(store, syncs_folder=False))
