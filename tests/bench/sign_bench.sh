#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Signatures per second against the official Node signers, A/B/A/B in one window. CPU time, best of all rounds.
set -euo pipefail
build=${1:-build/release}
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -std=gnu11 -D_GNU_SOURCE -O2 -I"$here/../.." -I/usr/include/lua5.4 "$here/sign_bench.c" "$build/libpeerway_core.a" \
    "$(find /usr/lib -name liblua5.4.a | head -n 1)" "$(find /usr/lib -name liblua5.4-cjson.a | head -n 1)" -ldl -lm \
    -o "$work/sign_bench"
[ -d "$here/../interop/vectors/node_modules" ] || (cd "$here/../interop/vectors" && npm ci --ignore-scripts >/dev/null)
for _ in 1 2; do
    "$work/sign_bench"
    "$build/peerway" run "$here/sign_bench.lua"
    node "$here/sign_bench.js"
done >"$work/figures"
awk '
    $1 == "authorization" { seen[$0]++; next }
    { if (!($1 in best) || $2 < best[$1]) best[$1] = $2; if (!($1 in median) || $3 < median[$1]) median[$1] = $3 }
    END {
        for (name in best) printf "%-18s best %7.3f us   median %7.3f us\n", name, best[name], median[name] | "sort"
        close("sort")
        count = 0
        for (line in seen) count++
        printf "same Authorization from C and Node: %s\n", (count == 1 ? "yes" : "NO")
        bad = (count != 1)
        bad += bar("C ACS3 / Node core", best["node-core-acs3"] / best["c-acs3"], 8)
        bad += bar("C RPC V1 / Node core", best["node-core-rpc-v1"] / best["c-rpc-v1"], 8)
        bad += bar("Lua table to headers / Node core", best["node-core-acs3"] / best["lua-acs3"], 3)
        exit (bad > 0)
    }
    function bar(what, ratio, least) {
        printf "%-34s %5.1fx   bar >= %dx  %s\n", what, ratio, least, (ratio >= least ? "met" : "MISSED")
        return (ratio < least)
    }' "$work/figures"
