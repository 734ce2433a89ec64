#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/interop/run.sh PEERWAY
# Official clients against the sandbox, and our requests before verifiers that are not ours. Node packages and
# PyODPS are installed below build/interop; without their registries that half is skipped, or fails when CI=true.
set -euo pipefail
peerway=$(readlink -f "${1:?usage: tests/interop/run.sh PEERWAY}")
here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$here/../..")
work=$root/build/interop
mkdir -p "$work"
passed=0 failed=0 skipped=0
children=()
trap 'for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done' EXIT

# The sandbox's documented demo key; nothing of the caller's own credentials is used.
demo_secret=sandbox-default-secret-not-a-real-one
unset "${!ALIBABA_CLOUD_@}" "${!ALICLOUD_@}" "${!PEERWAY_@}"
export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost # proxies are for the registries only
export HOME=$work/home XDG_CONFIG_HOME=$work/home/.config npm_config_cache=${npm_config_cache:-$HOME/.npm}
mkdir -p "$HOME"

say() { printf '== %s\n' "$*"; }

# count LOG STATUS NAME: adds the log's last "N passed, N failed".
count() {
    local line
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$1" | tail -n 1 || true)
    grep -vE '^[0-9]+ passed, [0-9]+ failed' "$1" || true
    if [ -z "$line" ]; then
        echo "FAILED  $3 ended with $2 and no result"
        failed=$((failed + 1))
        return
    fi
    read -r p _ f _ <<<"$line"
    passed=$((passed + p)) failed=$((failed + f))
    echo "   $p of $((p + f))"
}

# missing WHAT WHY: a skip at home, a failure in CI.
missing() {
    if [ "${CI:-}" = true ]; then
        echo "FAILED  $1: $2 (CI=true: this tier must run)"
        failed=$((failed + 1))
    else
        echo "skipped $1: $2"
        skipped=$((skipped + 1))
    fi
}

install_node() {
    local folder=$work/node
    command -v npm >/dev/null || { why="npm is not installed (apt-get install nodejs npm)"; return 1; }
    mkdir -p "$folder"
    cp "$here"/node/*.js "$here"/node/package.json "$here"/node/package-lock.json "$folder"/
    if [ -d "$folder/node_modules" ] && cmp -s "$folder/package-lock.json" "$folder/.installed"; then
        return 0
    fi
    rm -f "$folder/.installed"
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$work/npm.log" 2>&1 ||
        { why="npm ci failed: $(grep -m 1 -i error "$work/npm.log")"; return 1; }
    cp "$folder/package-lock.json" "$folder/.installed"
}

install_python() {
    local folder=$work/python
    if [ -x "$folder/bin/python" ] && cmp -s "$here/requirements.txt" "$folder/.installed"; then
        return 0
    fi
    rm -rf "$folder"
    python3 -m venv "$folder" >"$work/venv.log" 2>&1 ||
        { why="python3 -m venv failed (apt-get install python3-venv)"; return 1; }
    "$folder/bin/pip" install -q --no-deps --require-hashes --disable-pip-version-check \
        -r "$here/requirements.txt" >"$work/pip.log" 2>&1 ||
        { why="pip install failed: $(grep -m 1 -i error "$work/pip.log")"; return 1; }
    cp "$here/requirements.txt" "$folder/.installed"
}

# start_sandbox NAME: a fresh worked example on a free port, quick; sets $address.
start_sandbox() {
    local log=$work/$1.sandbox.log
    "$peerway" sandbox --listen 127.0.0.1:0 --time-scale 0.05 --data-plane symbolic >"$log" 2>&1 &
    children+=($!)
    address=
    for _ in $(seq 100); do
        address=$(grep -oE '127\.0\.0\.1:[0-9]+' "$log" | head -n 1 || true)
        [ -n "$address" ] && return 0
        sleep 0.1
    done
    echo "FAILED  the sandbox did not start:"
    cat "$log"
    failed=$((failed + 1))
    return 1
}

# Every catalogued operation, sent by peerway, received and verified by Python's standard library.
our_requests() {
    local port_file=$work/recorder.port status=0
    rm -f "$port_file"
    coproc recorder { exec python3 "$here/recorder.py" "$port_file" "$work/received.jsonl" "$demo_secret"; }
    local recorder_input=${recorder[1]} recorder_pid=$recorder_PID
    for _ in $(seq 100); do [ -s "$port_file" ] && break; sleep 0.05; done
    ALIBABA_CLOUD_ACCESS_KEY_ID=LTAIsandboxdefault ALIBABA_CLOUD_ACCESS_KEY_SECRET=$demo_secret \
        PEERWAY_ENDPOINT=http://127.0.0.1:$(cat "$port_file") \
        "$peerway" run "$here/every_operation.lua" >"$work/sent.jsonl" 2>"$work/sent.log" || status=$?
    exec {recorder_input}>&-
    wait "$recorder_pid" || true
    if [ $status -ne 0 ]; then
        cat "$work/sent.log"
        echo "FAILED  calling every operation ended with $status"
        failed=$((failed + 1))
        return
    fi
    say "requests of every operation, read and verified by Python's standard library"
    status=0
    python3 "$here/compare.py" "$work/sent.jsonl" "$work/received.jsonl" >"$work/compare.log" 2>&1 || status=$?
    count "$work/compare.log" $status compare.py
}

our_requests
why=
if install_node; then
    say "requests of every operation, signed again by the official Node cores"
    status=0
    (cd "$work/node" && node signers.js "$work/received.jsonl" "$demo_secret") >"$work/signers.log" 2>&1 || status=$?
    count "$work/signers.log" $status signers.js
    say "official Node clients take the sandbox through a peering"
    if start_sandbox node; then
        status=0
        (cd "$work/node" && SANDBOX=$address timeout 300 node peering.js) >"$work/peering.log" 2>&1 || status=$?
        count "$work/peering.log" $status peering.js
    fi
else
    missing "the official Node clients" "$why"
fi
if install_python; then
    say "PyODPS against the sandbox's MaxCompute"
    if start_sandbox pyodps; then
        status=0
        SANDBOX=$address timeout 300 "$work/python/bin/python" "$here/maxcompute.py" >"$work/pyodps.log" 2>&1 || status=$?
        count "$work/pyodps.log" $status maxcompute.py
    fi
else
    missing "PyODPS" "$why"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
