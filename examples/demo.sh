#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The whole mission in the sandbox, step by step, each exit code checked. usage: demo.sh PEERWAY
set -euo pipefail
peerway=$(readlink -f "${1:-build/release/peerway}")
examples=$(dirname "$(readlink -f "$0")")
project=$(mktemp -d)
sandbox_pid=

finish() {
    [ -z "$sandbox_pid" ] || kill "$sandbox_pid" 2>/dev/null || true
    rm -rf "$project"
}
trap finish EXIT

title() { printf '\n== %s\n' "$*"; }

# expect CODE ARGUMENTS...: runs peerway visibly; any other exit code ends the demo.
expect() {
    local wanted=$1 code=0
    shift
    printf '\n$ peerway %s\n' "$*"
    "$peerway" "$@" || code=$?
    printf '(exit %s)\n' "$code"
    if [ "$code" -ne "$wanted" ]; then
        echo "demo: exit $code where $wanted was expected" >&2
        exit 1
    fi
}

# start_sandbox: a fresh cloud with the worked example on a free loopback port.
start_sandbox() {
    [ -z "$sandbox_pid" ] || { kill "$sandbox_pid"; wait "$sandbox_pid" 2>/dev/null || true; }
    rm -rf "$project/.peerway"
    : >"$project/sandbox.log"
    "$peerway" sandbox --listen 127.0.0.1:0 --world worked-example --time-scale 0.05 >"$project/sandbox.log" 2>&1 &
    sandbox_pid=$!
    local tries=0
    until grep -q 'PEERWAY_ENDPOINT=' "$project/sandbox.log"; do
        tries=$((tries + 1))
        if [ $tries -gt 100 ] || ! kill -0 "$sandbox_pid" 2>/dev/null; then
            cat "$project/sandbox.log" >&2
            exit 1
        fi
        sleep 0.1
    done
    cat "$project/sandbox.log"
    # The sandbox prints what to export; its demo keys are documented constants, not secrets.
    eval "$(grep -oE 'export PEERWAY_ENDPOINT=.*' "$project/sandbox.log")"
}

cp "$examples"/analytics*.lua "$project/"
cd "$project"

title "1. A cloud to work on: the sandbox with the worked example"
start_sandbox
expect 0 whoami

title "2. Before anything exists, verify fails and names the first broken layer"
expect 4 verify analytics.lua

title "3. The plan: the exact calls, the route tables before and after"
expect 2 plan analytics.lua

title "4. Apply: connect, expose, route, access; done only when the probe from the instance got through"
expect 0 apply --auto-approve analytics.lua

title "5. Plan again: nothing to do"
expect 0 plan analytics.lua
expect 0 verify analytics.lua

title "6a. The same with the roles swapped: the consumer requests, the service side accepts"
start_sandbox
expect 0 apply --auto-approve analytics-swapped.lua
expect 0 plan analytics-swapped.lua

title "6b. The same in mode endpoint: a PrivateLink endpoint with zones, ENI addresses"
start_sandbox
expect 0 apply --auto-approve analytics-endpoint.lua
expect 0 plan analytics-endpoint.lua

title "7. Destroy, and proof that nothing of ours is left"
expect 0 destroy --auto-approve analytics-endpoint.lua
expect 2 plan analytics-endpoint.lua
expect 0 api vpcpeer ListVpcPeerConnections RegionId=ap-southeast-1 --query TotalCount
expect 0 api privatelink ListVpcEndpoints RegionId=ap-southeast-1 --query TotalCount

title "Done: every step ended as it should"
