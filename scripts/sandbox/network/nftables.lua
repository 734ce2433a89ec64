-- SPDX-License-Identifier: MIT
-- The nftables rulesets of a VPC router (ACLs, then security groups) and of its cloud-service side.
local filter = require "sandbox.network.filter"
local view = require "sandbox.network.view"

local nftables = {}

-- Where the servers of a cloud namespace listen; service addresses and ENIs are translated to these. From the
-- documentation range, which no VPC route leads to.
nftables.LISTEN = { maxcompute = "192.0.2.1", tunnel = "192.0.2.2", other = "192.0.2.3" }

local HEAD = "table ip sandbox\ndelete table ip sandbox\ntable ip sandbox {\n"

local function chain(lines, name, body)
  lines[#lines + 1] = ("  chain %s {\n    %s\n  }"):format(name, table.concat(body, "\n    "))
end

local function quoted(names)
  return '{ "' .. table.concat(names, '", "') .. '" }'
end

--- Links of the ports of a vSwitch.
local function links_of(ports, link)
  local names = {}
  for index, port in ipairs(ports) do names[index] = link(port.id) end
  return quoted(names)
end

--- ACLs see what crosses the border of a vSwitch, without state; DNS and metadata always pass.
local function acl_chains(self, vpc, link, lines)
  local always = table.concat(view.DNS_SERVERS, ", ") .. ", " .. view.METADATA
  local body = { "type filter hook forward priority -10; policy accept;",
    ("ip daddr { %s } accept"):format(always), ("ip saddr { %s } accept"):format(always) }
  for index, vswitch in ipairs(vpc.vswitches) do
    if vswitch.acl and #vswitch.ports > 0 then
      local links = links_of(vswitch.ports, link)
      chain(lines, "acl_out_" .. index, filter.statements(filter.acl(self, vswitch.acl, "egress"), "daddr"))
      chain(lines, "acl_in_" .. index, filter.statements(filter.acl(self, vswitch.acl, "ingress"), "saddr"))
      body[#body + 1] = ("iifname %s oifname != %s jump acl_out_%d"):format(links, links, index)
      body[#body + 1] = ("oifname %s iifname != %s jump acl_in_%d"):format(links, links, index)
    end
  end
  chain(lines, "acls", body)
end

local function group_chains(self, vpc, link, lines)
  local body = { "type filter hook forward priority 0; policy accept;", "ct state established,related accept" }
  local from, to = {}, {}
  for _, port in ipairs(vpc.ports) do
    local name = link(port.id)
    chain(lines, name .. "_out", filter.statements(filter.security(self, port, "egress"), "daddr"))
    chain(lines, name .. "_in", filter.statements(filter.security(self, port, "ingress"), "saddr"))
    from[#from + 1] = ('"%s" : jump %s_out'):format(name, name)
    to[#to + 1] = ('"%s" : jump %s_in'):format(name, name)
  end
  if #from > 0 then
    body[#body + 1] = ("iifname vmap { %s }"):format(table.concat(from, ", "))
    body[#body + 1] = ("oifname vmap { %s }"):format(table.concat(to, ", "))
  end
  chain(lines, "security_groups", body)
end

--- Ruleset of the router of a VPC.
---@param self sandbox.network.View
---@param vpc table
---@param link fun(id:string):string name of a port's link
---@return string
function nftables.router(self, vpc, link)
  local lines = {}
  acl_chains(self, vpc, link, lines)
  group_chains(self, vpc, link, lines)
  return HEAD .. table.concat(lines, "\n") .. "\n}\n"
end

local function map(lines, name, elements)
  if #elements == 0 then return end
  lines[#lines + 1] = ("  map %s {\n    type ipv4_addr : ipv4_addr\n    elements = { %s }\n  }")
    :format(name, table.concat(elements, ", "))
end

--- Address translation: services only TCP (whether their addresses answer ping is not known), ENIs everything.
local function translation(self, vpc, lines)
  local services, enis = {}, {}
  for number, entry in pairs(self.services[vpc.region] or {}) do
    services[#services + 1] = { number, ("%s : %s"):format(entry.address, nftables.LISTEN[entry.service.kind]) }
  end
  table.sort(services, function(a, b) return a[1] < b[1] end)
  for index, pair in ipairs(services) do services[index] = pair[2] end
  for _, port in ipairs(vpc.ports) do
    if port.kind == "eni" then enis[#enis + 1] = ("%s : %s"):format(port.address, nftables.LISTEN[port.service]) end
  end
  map(lines, "services", services)
  map(lines, "enis", enis)
  local body = { "type nat hook prerouting priority dstnat; policy accept;",
    ("ip daddr %s dnat to %s"):format(view.DNS_SERVERS[2], view.DNS_SERVERS[1]) }
  if #services > 0 then body[#body + 1] = "ip protocol tcp dnat to ip daddr map @services" end
  if #enis > 0 then body[#body + 1] = "dnat to ip daddr map @enis" end
  chain(lines, "translate", body)
end

--- Answers leave by the link on which the question came: an ENI's answers are routed by its vSwitch's table.
local function return_marks(vpc, link, mark, lines)
  local marks, dead = {}, {}
  for _, port in ipairs(vpc.ports) do
    if port.kind == "eni" then
      marks[#marks + 1] = ('"%s" : %d'):format(link(port.id), mark(port.id))
      if not port.alive then dead[#dead + 1] = port.address end
    end
  end
  local early = { "type filter hook prerouting priority -150; policy accept;" }
  if #marks > 0 then early[2] = ("ct state new ct mark set iifname map { %s }"):format(table.concat(marks, ", ")) end
  if #dead > 0 then
    early[#early + 1] = ("ip daddr { %s } ip protocol tcp drop"):format(table.concat(dead, ", "))
  end
  chain(lines, "arrive", early)
  chain(lines, "answer", { "type route hook output priority -150; policy accept;", "meta mark set ct mark" })
end

--- Ruleset of the cloud-service side of a VPC: nothing is refused, what is not served is dropped.
---@param self sandbox.network.View
---@param vpc table
---@param link fun(id:string):string
---@param mark fun(id:string):integer
---@return string
function nftables.cloud(self, vpc, link, mark)
  local lines = {}
  translation(self, vpc, lines)
  return_marks(vpc, link, mark, lines)
  local listen = nftables.LISTEN
  chain(lines, "serve", { "type filter hook input priority 0; policy drop;",
    'iifname "lo" accept', "ct state established,related accept", "icmp type echo-request accept",
    ("ip daddr { %s, %s, %s } tcp dport { 80, 443 } accept"):format(listen.maxcompute, listen.tunnel, listen.other),
    ("ip daddr %s udp dport 53 accept"):format(view.DNS_SERVERS[1]),
    ("ip daddr %s tcp dport 53 accept"):format(view.DNS_SERVERS[1]),
    ("ip daddr %s tcp dport 80 accept"):format(view.METADATA) })
  return HEAD .. table.concat(lines, "\n") .. "\n}\n"
end

return nftables
