#!/bin/sh
# SPDX-License-Identifier: MIT
# dns_bench.sh: bulk lookups from Lua against dnsperf, in turns, on one local nsd (own config, high port).
# usage: tests/bench/dns_bench.sh [peerway] [rounds]      needs: nsd dnsperf (see cmake/packages.txt)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
peerway=${1:-build/release/peerway}
rounds=${2:-6}
names=10000
port=5399
flight=100

for tool in nsd dnsperf; do
  command -v $tool >/dev/null || { echo "dns_bench: $tool is missing: apt-get install $tool" >&2; exit 1; }
done
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill $server; rm -rf "$folder"' EXIT INT TERM

# One zone of $names A records; client and server on different cores where there are two.
awk -v n=$names 'BEGIN {
  print "$ORIGIN bench.\n$TTL 60\n@ SOA ns hm 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1"
  for (i = 0; i < n; i++) printf "h%d A 100.%d.%d.%d\n", i, 64 + int(i / 65536), int(i / 256) % 256, i % 256
}' >"$folder/bench.zone"
awk -v n=$names 'BEGIN { for (i = 0; i < n; i++) printf "h%d.bench A\n", i }' >"$folder/queries"
cat >"$folder/nsd.conf" <<CONF
server:
  server-count: 1
  ip-address: 127.0.0.1@$port
  rrl-ratelimit: 0
  round-robin: no
  zonesdir: "$folder"
  pidfile: "$folder/nsd.pid"
  database: ""
  username: ""
  logfile: "$folder/nsd.log"
  xfrdfile: "$folder/xfrd.state"
  xfrdir: "$folder"
  zonelistfile: "$folder/zone.list"
remote-control:
  control-enable: no
zone:
  name: bench
  zonefile: bench.zone
CONF
client= host=
[ "$(nproc)" -lt 2 ] || { client="taskset -c 1"; host="taskset -c 0"; }
$host nsd -d -c "$folder/nsd.conf" >"$folder/out" 2>&1 &
server=$!
sleep 1
kill -0 $server 2>/dev/null || { echo "dns_bench: nsd does not start:" >&2; cat "$folder/out" "$folder/nsd.log" >&2; exit 1; }

echo "names in one call: $names, in flight: $flight, rounds: $rounds"
round=1
while [ $round -le "$rounds" ]; do
  dnsperf=$($client dnsperf -s 127.0.0.1 -p $port -d "$folder/queries" -n 5 -c 1 -T 1 -q $flight 2>/dev/null |
    awk '/Queries per second/ { print int($4) }')
  ours=$($client "$peerway" run "$here/dns_bench.lua" 127.0.0.1:$port $names 5 $flight)
  echo "round $round  dnsperf $dnsperf q/s  peerway $ours"
  echo "$dnsperf $ours" >>"$folder/results"
  round=$((round + 1))
done
# The median of the ratios: steal time hits single rounds.
awk '{ printf "%.3f\n", $2 / $1 }' "$folder/results" | sort -n >"$folder/ratios"
awk '{ r[NR] = $1 } END { printf "ratio to dnsperf: median %.2f, least %.2f, most %.2f\n", r[int((NR + 1) / 2)], r[1], r[NR] }' \
  "$folder/ratios"
awk '{ lost += $4 } END { printf "lost: %d of %d\n", lost, NR * 5 * 10000; exit lost > 0 }' "$folder/results"
