-- SPDX-License-Identifier: MIT
-- probe.script: the one shell script that looks at a path from inside an instance. Portable: sh, and what
-- is there of getent, dig, ip, curl. It prints lines "P|kind|...", one fact each; probe.parse reads them.
local M = {}

local HEAD <const> = [[
#!/bin/sh
# peerway access probe: names, routes, TCP, TLS and HTTP identity. Changes nothing.
LC_ALL=C; export LC_ALL
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
say() { printf 'P|%s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
comma() { tr '\n' ',' | sed 's/,$//'; }
nap() { sleep "$1" 2>/dev/null || sleep 1; }

# The set that the instance's own resolver gives.
lookup() {
  if have getent; then getent ahostsv4 "$1" 2>/dev/null | awk '{print $1}'
  elif have dig; then dig +short +time=2 +tries=2 "$1" A
  elif have nslookup; then nslookup "$1" 2>/dev/null | awk '/^Name:/{seen=1} seen && /^Address/{print $NF}'
  fi | grep -E '^[0-9]+(\.[0-9]+){3}$' | sort -u
}

# One round over every name; the decisive question goes by TCP to each server where dig is there.
names() {
  round=$1; shift
  for name in "$@"; do
    { say "dns|system|$round|$name|$(lookup "$name" | comma)" >"$out/dns.$round.$name"; } &
  done
  wait
  cat "$out"/dns."$round".* 2>/dev/null
}
ask_servers() {
  have dig || return 0
  for server in $(awk '/^nameserver/{print $2}' /etc/resolv.conf | head -3); do
    for name in "$@"; do
      { answer=$(dig +tcp +time=2 +tries=1 +noall +answer +comments "@$server" "$name" A 2>/dev/null)
        set_of=$(printf '%s\n' "$answer" | awk '$4 == "A" {print $5}' | sort -u | comma)
        ttl=$(printf '%s\n' "$answer" | awk '$4 == "A" {print $2}' | sort -n | head -1)
        rcode=$(printf '%s\n' "$answer" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p' | head -1)
        say "server|$server|$name|$set_of|$ttl|${rcode:-TIMEOUT}" >"$out/server.$server.$name"; } &
    done
  done
  wait
  cat "$out"/server.* 2>/dev/null
}

# How the host itself would send a packet.
host_route() {
  if have ip; then
    line=$(ip -4 route get "$1" 2>&1 | head -1)
    dev=$(printf '%s' "$line" | sed -n 's/.* dev \([^ ]*\).*/\1/p')
    src=$(printf '%s' "$line" | sed -n 's/.* src \([^ ]*\).*/\1/p')
    via=$(printf '%s' "$line" | sed -n 's/.* via \([^ ]*\).*/\1/p')
    say "route|$1|${dev:-none}|$via|$src"
  else
    say "route|$1|unknown||"
  fi
}

# TCP, TLS and HTTP of one address under one name. 3 s for the connection, so that a black hole shows.
visit() { # role name address scheme port path
  file="$out/visit.$2.$3.$5"
  if have curl; then
    line=$(curl -sS --noproxy '*' --connect-timeout 3 --max-time 8 --resolve "$2:$5:$3" \
      -D "$file.head" -o "$file.body" \
      -w '%{time_connect}|%{time_appconnect}|%{time_total}|%{http_code}' "$4://$2:$5$6" 2>"$file.err")
    code=$?
    odps=0; grep -qi '^x-odps-request-id' "$file.head" 2>/dev/null && odps=1
    xml=$(sed -n 's/.*<Code>\([A-Za-z0-9_.]*\)<.*/\1/p' "$file.body" 2>/dev/null | head -1)
    say "visit|$1|$2|$3|$5|$code|$line|$odps|$xml|$(head -c 160 "$file.err" 2>/dev/null | tr '\n|' '  ')"
  elif have bash && have timeout; then
    timeout 3 bash -c ": >/dev/tcp/$3/$5" 2>/dev/null; code=$?
    case $code in 0) code=0;; 124) code=28;; *) code=7;; esac
    say "visit|$1|$2|$3|$5|$code||||000|0||no curl: TCP only"
  else
    say "visit|$1|$2|$3|$5|127||||000|0||neither curl nor bash"
  fi
}

# What the service itself would hand out as Tunnel address.
tunnel_of() { # name address project
  have curl || return 0
  body=$(curl -sS --noproxy '*' --connect-timeout 3 --max-time 8 --resolve "$1:443:$2" \
    "https://$1/api/projects/$3/tunnel?service" 2>/dev/null | head -c 200 | tr '\n|' '  ')
  say "tunnel|$1|$2|$body"
}

facts() {
  say "resolvers|$(awk '/^nameserver/{print $2}' /etc/resolv.conf 2>/dev/null | comma)"
  say "clock|$(date +%s)"
  for variable in http_proxy https_proxy HTTPS_PROXY ALL_PROXY; do
    eval "value=\${$variable:-}"
    [ -n "$value" ] && say "proxy|$variable"
  done
  nic=$(awk '$2 == "00000000" {print $1; exit}' /proc/net/route 2>/dev/null)
  [ -z "$nic" ] || say "nic|$nic|$(cat "/sys/class/net/$nic/mtu" 2>/dev/null)"
}
]]

-- Only what can be part of a host name, an address or a project name ever becomes shell text.
local function word(text)
  assert(text:match "^[A-Za-z0-9._-]+$" and text:sub(1, 1) ~= "-", "not a host name or address")
  return text
end

local function words(list)
  local quoted = {}
  for index, text in ipairs(list) do
    quoted[index] = word(text)
  end
  return table.concat(quoted, " ")
end

--- Looks names up several times from inside a VPC.
---@param names string[]
---@param rounds integer
---@return string script
function M.lookup(names, rounds)
  local lines = { HEAD, "facts" }
  for round = 1, rounds do
    lines[#lines + 1] = ("names %d %s"):format(round, words(names))
    if round < rounds then
      lines[#lines + 1] = "nap 0.2"
    end
  end
  lines[#lines + 1] = "ask_servers " .. words(names)
  lines[#lines + 1] = "say end"
  return table.concat(lines, "\n") .. "\n"
end

---@class ProbeTarget
---@field role "service"|"tunnel"|"tcp"
---@field name string host name in the URL
---@field address string where it is sent

--- Looks at a whole path: names, host routes, TCP/TLS/HTTP of every address, the Tunnel's own choice.
---@param options { names: string[], targets: ProbeTarget[], project: string?, ports: integer[]? }
---@return string script
function M.access(options)
  local lines = { HEAD, "facts", "names 1 " .. words(options.names) }
  local routed = {}
  for index, target in ipairs(options.targets) do
    if not routed[target.address] then
      routed[target.address] = true
      lines[#lines + 1] = "host_route " .. word(target.address)
    end
    local path = target.role == "service" and "/api" or "/"
    for _, port in ipairs(options.ports or { 443, 80 }) do
      lines[#lines + 1] = ("{ visit %s %s %s %s %d %s >\"$out/result.%d.%d\"; } &"):format(target.role,
        word(target.name), word(target.address), port == 443 and "https" or "http", port, path, index, port)
    end
    if target.role == "service" and options.project and index == 1 then
      lines[#lines + 1] = ("{ tunnel_of %s %s %s >\"$out/result.tunnel\"; } &"):format(word(target.name),
        word(target.address), word(options.project))
    end
  end
  lines[#lines + 1] = "wait"
  lines[#lines + 1] = "cat \"$out\"/result.* 2>/dev/null"
  lines[#lines + 1] = "say end"
  return table.concat(lines, "\n") .. "\n"
end

return M
