#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# dns_bench.sh: bulk lookups from Lua against dnsperf, in turns, on one local nsd (own config, high port).
# usage: tests/bench/dns_bench.sh [BUILD_FOLDER] [ROUNDS]      needs: nsd dnsperf (see cmake/packages.txt)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
peerway=${1:-build/release}/peerway
rounds=${2:-6}
names=10000
port=5399
flight=100
calls=10

for tool in nsd dnsperf; do
  command -v $tool >/dev/null || { echo "dns_bench: $tool is missing: apt-get install $tool" >&2; exit 1; }
done
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill $server; wait $server || true; }; rm -rf "$folder"' EXIT INT TERM

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
client= host= urgent=
[ "$(nproc)" -lt 2 ] || { client="taskset -c 1"; host="taskset -c 0"; }
# Ahead of whatever else runs, server and both clients alike: dnsperf has two threads, so on a busy core it
# would get two shares where peerway gets one. Needs root; without it compare the CPU time on a busy machine.
! nice -n -15 true 2>/dev/null || urgent="nice -n -15"
client="$urgent $client" host="$urgent $host"
$host nsd -d -c "$folder/nsd.conf" >"$folder/out" 2>&1 &
server=$!
sleep 1
kill -0 $server 2>/dev/null || { echo "dns_bench: nsd does not start:" >&2; cat "$folder/out" "$folder/nsd.log" >&2; exit 1; }

# user + system seconds of a command are in $cpu afterwards, its output in $out.
measure() {
  local TIMEFORMAT='%U %S'
  { time "$@" >"$folder/measured" 2>"$folder/ignored"; } 2>"$folder/times"
  out=$(cat "$folder/measured")
  cpu=$(awk '{ print $1 + $2 }' "$folder/times")
}

echo "names in one call: $names, in flight: $flight, calls a round: $calls, priority: ${urgent:-usual}, load: $(cut -d' ' -f1-3 /proc/loadavg)"
for round in $(seq "$rounds"); do
  measure $client dnsperf -s 127.0.0.1 -p $port -d "$folder/queries" -n $calls -c 1 -T 1 -q $flight
  peer=$(awk '/Queries per second/ { print int($4) }' <<<"$out")
  peer_cpu=$(awk -v s="$cpu" -v n=$((names * calls)) 'BEGIN { printf "%.2f", s / n * 1e6 }')
  ours=$($client "$peerway" run "$here/dns_bench.lua" 127.0.0.1:$port $names $calls $flight)
  echo "round $round: dnsperf $peer q/s, $peer_cpu us CPU a question | peerway $ours"
  echo "$peer $peer_cpu $ours" >>"$folder/results"
done
median() { sort -n | awk '{ r[NR] = $1 } END { printf "median %.2f, least %.2f, most %.2f\n", r[int((NR + 1) / 2)], r[1], r[NR] }'; }
echo "questions a second, peerway / dnsperf: $(awk '{ print $3 / $1 }' "$folder/results" | median)"
echo "best round: $(awk '{ if ($1 > p) p = $1; if ($3 > o) o = $3 } END { printf "dnsperf %d q/s, peerway %d q/s, ratio %.2f", p, o, o / p }' "$folder/results")"
echo "CPU a question,     dnsperf / peerway: $(awk '{ print $2 / $7 }' "$folder/results" | median)"
awk -v n=$((names * calls)) '{ lost += $5 } END { printf "lost: %d of %d\n", lost, NR * n; exit lost > 0 }' "$folder/results"
