#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the mission costs: calls, time, memory, first signed request. usage: mission_bench.sh [BUILD FOLDER]
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
exec python3 "$here/mission_bench.py" "$(readlink -f "${1:-build/release}")/peerway" "$here/../../examples"
