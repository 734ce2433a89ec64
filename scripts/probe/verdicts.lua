-- SPDX-License-Identifier: MIT
-- probe.verdicts: what a probe report means, layer by layer: agent, DNS, host route, TCP, TLS, HTTP identity,
-- Tunnel, privacy. A verdict names what was seen and, when it is bad, the check that explains it.
local cidr = require "cidr"
local names = require "model.names"

local M = {}

---@class Verdict
---@field layer string "agent", "dns", "host", "tcp", "tls", "http", "tunnel", "privacy"
---@field ok boolean? nil: not judged
---@field flow string
---@field instance string?
---@field message string
---@field id? string check that explains it
---@field hint? string
---@field simulated? boolean decided by a sandbox without packets

local function verdict(view, instance, layer, ok, message, more)
  local entry = more or {}
  entry.layer, entry.ok, entry.flow, entry.instance, entry.message = layer, ok, view.flow.key, instance, message
  return entry
end

--- A flow that is not probed, and why.
function M.not_probed(view, why)
  return { verdict(view, nil, "agent", nil, why) }
end

local function address_set(view)
  local set = {}
  for _, target in ipairs(view.targets) do
    set[target.name] = set[target.name] or {}
    set[target.name][target.address] = true
  end
  return set
end

local function difference(seen, routed)
  local extra, missing = {}, {}
  for address in pairs(seen) do
    if not routed[address] then
      extra[#extra + 1] = address
    end
  end
  for address in pairs(routed) do
    if not seen[address] then
      missing[#missing + 1] = address
    end
  end
  table.sort(extra)
  table.sort(missing)
  return extra, missing
end

-- Mode domain: the client must be given the addresses that were routed. Mode endpoint: clients are told the
-- addresses (or a private zone does it), so names are information only.
local function dns(view, instance, report, list)
  local routed = address_set(view)
  for name, set in pairs(routed) do
    local seen = report.names[name] and report.names[name].addresses or {}
    local extra, missing = difference(seen, set)
    if view.flow.mode ~= "domain" then
      local private = next(seen) and #extra == 0
      local verdict_if_not = nil
      if view.flow.to.private_zone then
        verdict_if_not = false
      end
      list[#list + 1] = verdict(view, instance, "dns", private and true or verdict_if_not, private
        and ("%s resolves to the endpoint"):format(name)
        or ("%s does not resolve to the endpoint here; clients need the addresses %s (private zone or hosts)"):format(
          name, table.concat(missing, ", ")), { name = name })
    elseif not next(seen) then
      list[#list + 1] = verdict(view, instance, "dns", false, ("%s has no address on the client"):format(name),
        { name = name, id = "D-39", hint = "check the client's resolvers: " .. table.concat(report.resolvers, ", ") })
    elseif #extra > 0 then
      list[#list + 1] = verdict(view, instance, "dns", false,
        ("%s also resolves to %s, which is not routed"):format(name, table.concat(extra, ", ")),
        { name = name, id = "D-34", hint = "run plan again: it adds the new addresses" })
    else
      list[#list + 1] = verdict(view, instance, "dns", true, ("%s resolves to routed addresses"):format(name),
        { name = name })
    end
  end
end

local function host_routes(view, instance, report, list)
  local wrong, devices = {}, {}
  for _, target in ipairs(view.targets) do
    local route = report.routes[target.address]
    if route and route.device ~= "unknown" then
      devices[route.device] = true
      local bridge = route.device:match "^docker" or route.device:match "^br%-" or route.device:match "^cni"
        or route.device:match "^tun" or route.device == "none"
      if bridge or (report.nic and report.nic ~= "" and route.device ~= report.nic) then
        wrong[#wrong + 1] = ("%s by %s"):format(target.address, route.device)
      end
    end
  end
  if #wrong > 0 then
    list[#list + 1] = verdict(view, instance, "host", false, "the host itself sends " .. table.concat(wrong, ", "),
      { id = "D-58", hint = "a Docker bridge, VPN or container network covers the address: move it" })
  elseif next(devices) then
    list[#list + 1] = verdict(view, instance, "host", true, "packets leave by the main interface")
  end
end

local LAYER_OF_OUTCOME = { timeout = "tcp", refused = "tcp", tls = "tls", cut = "http", dns = "dns" }

-- A MaxCompute answers an unsigned request with an XML error of its own and a request id header.
local function is_maxcompute(visit)
  return visit.odps or visit.code == "NoSuchObject"
end

local function judge_visit(visit)
  local where = ("%s:%d (%s)"):format(visit.address, visit.port, visit.name)
  if visit.outcome == "ok" and visit.status == 0 and visit.connect == 0 then
    return "tcp", true, where .. " accepts connections"
  elseif visit.outcome ~= "ok" then
    local layer = LAYER_OF_OUTCOME[visit.outcome] or "tcp"
    if visit.outcome == "timeout" and visit.connect > 0 then
      layer = visit.port == 443 and visit.tls == 0 and "tls" or "http"
    end
    local text = visit.outcome == "timeout" and "no answer" or visit.outcome
    return layer, false, ("%s: %s%s"):format(where, text, visit.error and (", " .. visit.error) or "")
  elseif not is_maxcompute(visit) then
    return "http", false, ("%s answers HTTP %d, but is no MaxCompute"):format(where, visit.status)
  end
  return "http", true, ("%s is MaxCompute (HTTP %d, connected in %.1f ms)"):format(where, visit.status,
    visit.connect * 1000)
end

local IDS = { tcp = "D-16", tls = "D-52", http = "D-44" }

local function visits(view, instance, report, list)
  for _, visit in ipairs(report.visits) do
    local layer, ok, message = judge_visit(visit)
    list[#list + 1] = verdict(view, instance, layer, ok, message, { address = visit.address, port = visit.port,
      role = visit.role, name = visit.name, connect = visit.connect, id = not ok and IDS[layer] or nil })
  end
  if #report.visits < #view.targets * #(view.flow.to.ports or { 443, 80 }) then
    list[#list + 1] = verdict(view, instance, "tcp", false, ("only %d addresses were tried, %d are wanted"):format(
      #report.visits, #view.targets), { id = "D-62" })
  end
end

local function tunnel(view, instance, report, list)
  local chosen = report.tunnel and report.tunnel:match "^%s*([%w.-]+)%s*$"
  if not chosen or not chosen:find(".", 1, true) then
    return
  end
  local routed = address_set(view)[chosen]
  list[#list + 1] = verdict(view, instance, "tunnel", routed and true or nil, routed
    and ("the service hands out the Tunnel %s, which is routed"):format(chosen)
    or ("the service hands out the Tunnel %s, which is not routed: pin the Tunnel endpoint in the client"):format(
      chosen), { id = not routed and "D-36" or nil })
end

local function inside(blocks, address)
  for _, block in ipairs(blocks) do
    if cidr.prefix(block):contains(address) then
      return true
    end
  end
  return false
end

local function privacy(view, instance, list)
  local blocks = { "100.64.0.0/10" }
  for _, vpc in pairs(view.facts.vpcs) do
    table.move(vpc.cidrs, 1, #vpc.cidrs, #blocks + 1, blocks)
  end
  for _, target in ipairs(view.targets) do
    if not inside(blocks, target.address) then
      list[#list + 1] = verdict(view, instance, "privacy", false, ("%s (%s) is a public address"):format(target.address,
        target.name), { id = "D-38" })
      return
    end
  end
  list[#list + 1] = verdict(view, instance, "privacy", true, "every address is private")
end

-- Nobody shall take for packets what a sandbox decided by its rules.
local function mark_simulated(list)
  for _, entry in ipairs(list) do
    entry.simulated, entry.message = true, entry.message .. " (simulated)"
  end
end

--- Verdicts of one instance.
---@param view { model: Model, facts: table, flow: ModelFlow, targets: ProbeTarget[] }
---@param instance string
---@param answer table as resources.instance.run gives it
---@param report table as probe.parse.read gives it
---@return Verdict[]
function M.of_probe(view, instance, answer, report)
  if answer.failure then
    return { verdict(view, instance, "agent", false, answer.failure.message,
      { id = "D-62", hint = answer.failure.hint }) }
  elseif not report.complete then
    local why = report.simulated and "this sandbox runs no commands (no network namespaces here)"
      or ("the probe gave no usable answer: %s"):format((answer.output or ""):sub(1, 200))
    local ok = false
    if report.simulated then
      ok = nil
    end
    return { verdict(view, instance, "agent", ok, why, { simulated = report.simulated }) }
  end
  local list = {}
  dns(view, instance, report, list)
  host_routes(view, instance, report, list)
  visits(view, instance, report, list)
  tunnel(view, instance, report, list)
  privacy(view, instance, list)
  for _, variable in ipairs(report.proxies) do
    list[#list + 1] = verdict(view, instance, "host", nil, ("the environment has %s set"):format(variable),
      { id = "D-59", hint = "unset it for MaxCompute clients, or add the names to NO_PROXY" })
  end
  if report.simulated then mark_simulated(list) end
  return list
end

--- The role of a verdict for texts: "service" or "tunnel".
function M.role(entry)
  return entry.role or (entry.name and names.role(entry.name))
end

return M
