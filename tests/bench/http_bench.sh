#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Keep-alive requests per second, 64 at a time, from Lua against bare libcurl loops in C, in the same window:
# usage: http_bench.sh [BUILD] [REQUESTS]; goal: >= 0.9 of the bare rate. Needs nginx, openssl, cc, libcurl.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
program=$(readlink -f "${1:-build/release}")/peerway
count=${2:-20000}
parallel=64
work=$(mktemp -d)
chmod 755 "$work" # nginx drops its privileges
trap 'kill "$(cat "$work/pid" 2>/dev/null)" 2>/dev/null; rm -rf "$work"' EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
plain=$(free_port)
secure=$(free_port)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=bench \
    -addext 'subjectAltName = IP:127.0.0.1' -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
python3 -c 'print("{\"Vpcs\":\"" + "x" * 398 + "\"}", end="")' >"$work/answer.json"
cat >"$work/nginx.conf" <<CONF
worker_processes 1;
worker_cpu_affinity 01;
pid $work/pid;
error_log $work/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 300;
  types { application/json json; }
  root $work;
  server { listen 127.0.0.1:$plain; }
  server { listen 127.0.0.1:$secure ssl; ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem; }
}
CONF
# Ahead of whatever else runs, server and clients alike; needs root.
urgent=()
! nice -n -15 true 2>/dev/null || urgent=(nice -n -15)
"${urgent[@]}" /usr/sbin/nginx -c "$work/nginx.conf" -e "$work/error.log"
cc -O2 -o "$work/bare" "$here/http_bare.c" -lcurl

# best NAME COMMAND...: appends "rate cpu" of one run
one() {
    local name=$1
    shift
    "${urgent[@]}" taskset -c 1 "$@" >>"$work/$name"
}
middle() { sort -n -k1,1 "$1" | awk '{ line[NR] = $0 } END { print line[int((NR + 1) / 2)] }'; }

for scheme in http https; do
    port=$plain
    ca=()
    [ "$scheme" = https ] && port=$secure && ca=("$work/cert.pem")
    url=$scheme://127.0.0.1:$port/answer.json
    rm -f "$work/poll" "$work/socket" "$work/lua"
    for _ in 1 2 3 4 5; do
        one poll "$work/bare" poll "$url" "$count" $parallel "${ca[@]}"
        one lua "$program" run "$here/http_bench.lua" "$url" "$count" $parallel "${ca[@]}"
        one socket "$work/bare" socket "$url" "$count" $parallel "${ca[@]}"
    done
    read -r poll_rate poll_cpu _ < <(middle "$work/poll")
    read -r socket_rate socket_cpu _ < <(middle "$work/socket")
    read -r lua_rate lua_cpu _ connections < <(middle "$work/lua")
    echo "$scheme, $parallel at a time, $count requests, medians of 5 (requests/s, CPU us per request)"
    printf '  %-34s %7s  %6s\n' "bare libcurl, multi_poll" "$poll_rate" "$poll_cpu" \
        "bare libcurl, multi_socket + epoll" "$socket_rate" "$socket_cpu" \
        "peerway http.request from Lua" "$lua_rate" "$lua_cpu"
    awk -v l="$lua_rate" -v p="$poll_rate" -v s="$socket_rate" -v c="$connections" \
        'BEGIN { printf "  ratio to multi_poll %.2f, to multi_socket %.2f (goal 0.90); connections opened: %d\n", l / p, l / s, c }'
done
