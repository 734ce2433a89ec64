#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Start-up of the program against a whole `lua5.4 -e ''` in the same window (medians of 200 runs).
set -euo pipefail
program=$(readlink -f "${1:-build/release}")/peerway
empty=$(mktemp --suffix=.lua)
trap 'rm -f "$empty" "$empty.json"' EXIT
hyperfine -N --warmup 20 --runs 200 --export-json "$empty.json" \
    "lua5.4 -e ''" "$program version" "$program run $empty" >/dev/null 2>&1
python3 - "$empty.json" <<'PYTHON'
import json, sys
results = json.load(open(sys.argv[1]))["results"]
peer = results[0]["median"]
for result, name in zip(results, ("lua5.4 -e ''", "peerway version", "peerway run EMPTY")):
    print(f"{name:20} median {result['median'] * 1e3:6.2f} ms   ratio {result['median'] / peer:.2f}")
PYTHON
printf 'binary, stripped: %s bytes; shared objects at start: %s\n' "$(stat -c %s "$program")" "$(ldd "$program" | wc -l)"
