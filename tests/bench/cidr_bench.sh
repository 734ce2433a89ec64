#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# cidr_bench.sh: the cidr module against iprange (Debian) and, where cargo is, Rust's ipnet, in one run.
# usage: tests/bench/cidr_bench.sh [build folder]     LINES=1000000 by default
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$root/build/release}
lines=${LINES:-1000000}
peerway=$build/peerway
[ -x "$peerway" ] || { echo "no $peerway: cmake --preset release && cmake --build build/release"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bench=$work/cidr_bench

${CC:-cc} -O2 -std=gnu11 -D_GNU_SOURCE -I"$root" -o "$bench" "$root/tests/bench/cidr_bench.c" \
  $(printf '%s\n' "$root"/modules/cidr/*.c | grep -v _lua.c)

for kind in random clustered; do
  "$bench" generate $kind "$lines" 1 > "$work/$kind.a"
  "$bench" generate $kind "$lines" 2 > "$work/$kind.b"
done
"$bench" generate random6 "$lines" 1 > "$work/random6.a"

ipnet=
if [ "${IPNET:-1}" = 1 ] && command -v cargo > /dev/null; then
  if CARGO_TARGET_DIR=$work/cargo cargo build -q --release --manifest-path "$root/tests/bench/ipnet_aggregate/Cargo.toml" \
    2> "$work/cargo.log"; then
    ipnet=$work/cargo/release/ipnet_aggregate
  else
    echo "Rust ipnet: not compared, cargo failed: $(tail -n 1 "$work/cargo.log")"
  fi
else
  echo "Rust ipnet: not compared, cargo is not installed"
fi
command -v iprange > /dev/null || { echo "iprange is missing: apt-get install iprange"; exit 1; }

# Same results first: both outputs as one canonical list.
same() {
  "$peerway" cidr aggregate "$1" > "$work/one"
  "$peerway" cidr aggregate "$2" > "$work/two"
  cmp "$work/one" "$work/two" || { echo "results differ: $3"; exit 1; }
}
for kind in random clustered; do
  a=$work/$kind.a b=$work/$kind.b
  "$peerway" cidr aggregate "$a" > "$work/ours"; iprange "$a" > "$work/theirs"
  same "$work/ours" "$work/theirs" "aggregate $kind"
  "$peerway" cidr common "$a" "$b" > "$work/ours"; iprange "$a" --common "$b" > "$work/theirs"
  same "$work/ours" "$work/theirs" "common $kind"
  "$peerway" cidr except "$a" "$b" > "$work/ours"; iprange "$a" --except "$b" > "$work/theirs"
  same "$work/ours" "$work/theirs" "except $kind"
done

echo "== file to file, $lines lines =="
for kind in random clustered; do
  a=$work/$kind.a b=$work/$kind.b
  "$bench" compare "aggregate $kind" "$peerway" cidr aggregate "$a" -- iprange "$a" -- ${ipnet:+"$ipnet" "$a" --}
  "$bench" compare "common $kind" "$peerway" cidr common "$a" "$b" -- iprange "$a" --common "$b" --
  "$bench" compare "except $kind" "$peerway" cidr except "$a" "$b" -- iprange "$a" --except "$b" --
  "$bench" compare "union $kind" "$peerway" cidr union "$a" "$b" -- iprange "$a" "$b" --
done
"$bench" compare "aggregate IPv6 | IPv4" "$peerway" cidr aggregate "$work/random6.a" -- \
  "$peerway" cidr aggregate "$work/random.a" --

echo "== longest-prefix match in C =="
"$bench" tables
echo "== from Lua =="
"$peerway" run "$root/tests/bench/cidr_bench.lua" "$work/random.a"
