#!/bin/sh
# Runs once, when Gradescope builds the image. The zip holds this file, run_autograder, points.json and `simulator`,
# a release build from a system with the image's glibc or an older one.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# What the students' languages need; more of them go here.
apt-get install -y -qq --no-install-recommends python3 util-linux
chmod 755 /autograder/source/simulator
# Submissions run as this user, never as root.
id student > /dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin student
