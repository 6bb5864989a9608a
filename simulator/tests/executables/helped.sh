#!/bin/sh
# The first replica has a helper beside it, which the shell started.
if [ "$2" = 0000 ]; then
    sleep 1000 &
fi
python3 "$(dirname "$0")/right.py" "$@"
