-- SPDX-License-Identifier: MIT
-- resources.peer_connection: VPC peering connections (VpcPeer 2022-01-01). One connection a pair of VPCs,
-- whichever side asked for it; states and codes: Creating, Accepting, Updating, Activated, dead ends.
local errors = require "errors"
local marker = require "engine.marker"

local M = { name = "peer_connection", waits = "peering", timeout = 300 }

local DEAD = { Rejected = "was rejected by the accepter", Expired = "expired unanswered after 7 days" }
local GONE = { Deleting = true, Deleted = true }

local function pair_of(item)
  local a, b = item.Vpc and item.Vpc.VpcId or "", item.AcceptingVpc and item.AcceptingVpc.VpcId or ""
  return a < b and (a .. "|" .. b) or (b .. "|" .. a)
end

local function wanted_pair(spec)
  local a, b = spec.requester.id, spec.accepter.id
  return a < b and (a .. "|" .. b) or (b .. "|" .. a)
end

local function facts(item)
  local cidrs = {}
  for _, vpc in ipairs { item.Vpc or {}, item.AcceptingVpc or {} } do
    cidrs[vpc.VpcId or ""] = vpc.Ipv4Cidrs or {}
  end
  return { id = item.InstanceId, state = item.Status, biz = item.BizStatus, name = item.Name, cidrs = cidrs,
    bandwidth = item.Bandwidth, link_type = item.LinkType, owner = marker.of_tags(item.Tags),
    expires = item.GmtExpired, requester = item.Vpc and item.Vpc.VpcId }
end

-- One list a region and account: with a filter for a single pair, without one for many.
local function list(session, place, vpc_id, all)
  return session:once(("peerings:%s:%s:%s"):format(place.account, place.region, all and "*" or vpc_id), function()
    return session:all("vpcpeer", place, "ListVpcPeerConnections",
      { RegionId = place.region, VpcId = not all and { vpc_id } or nil, MaxResults = 100 }, "VpcPeerConnects")
  end)
end

-- A connection that the ledger knows and no list shows (yet, or no more), by its id.
local function known_one(session, item, row)
  local answer = row and row.id and session:call("vpcpeer", item.place, "GetVpcPeerConnectionAttribute",
    { InstanceId = row.id })
  return answer and pair_of(answer) == wanted_pair(item.spec) and answer or nil
end

--- Finds the connections of the wanted pairs, also those that the other side asked for.
---@param session Session
---@param wanted table[]
---@param known? table<string, table> rows of the ledger by key
---@param leaving? table<string, table> gets those that are being deleted
---@return table<string, table> actual by key
function M.read(session, wanted, known, leaving)
  local task = require "task"
  local requesters, distinct = {}, 0
  for _, item in ipairs(wanted) do
    local where = item.place.account .. "/" .. item.place.region
    requesters[where] = requesters[where] or {}
    if not requesters[where][item.spec.requester.id] then
      requesters[where][item.spec.requester.id] = true
      distinct = distinct + 1
    end
  end
  local found = {}
  task.map(wanted, function(item)
    local many, seen = distinct > 1, false
    local function take(entry)
      seen = true
      if not GONE[entry.Status] then
        found[item.key] = facts(entry)
      elseif leaving and entry.Status == "Deleting" then
        leaving[item.key] = facts(entry)
      end
    end
    for _, entry in ipairs(list(session, item.place, item.spec.requester.id, many)) do
      if pair_of(entry) == wanted_pair(item.spec) then
        take(entry)
      end
    end
    local entry = not seen and known and known_one(session, item, known[item.key])
    if entry then
      take(entry)
    end
  end)
  return found
end

--- How a connection differs from what is wanted.
---@return "same"|"update"|"replace"|"conflict" verdict
---@return table|string? changes or reason
function M.compare(item, actual)
  if DEAD[actual.state] then
    local reason = ("the connection %s %s"):format(actual.id, DEAD[actual.state])
    if actual.owner == item.owner then
      return "replace", { { field = "state", from = actual.state, to = "Activated", why = reason } }
    end
    return "conflict", reason .. "; delete it, then plan again (D-10)"
  elseif actual.biz and actual.biz ~= "" and actual.biz ~= "Normal" then
    return "conflict", ("the connection %s is %s: settle the account's bill (D-11)"):format(actual.id, actual.biz)
  end
  if actual.state == "Accepting" and item.accepter_place then
    return "update", { { field = "state", from = "Accepting", to = "Activated" } }
  end
  local changes = {}
  for _, field in ipairs { "bandwidth", "link_type" } do
    if item.spec[field] ~= nil and actual[field] ~= nil and item.spec[field] ~= actual[field] then
      changes[#changes + 1] = { field = field, from = actual[field], to = item.spec[field] }
    end
  end
  if #changes > 0 then
    return "update", changes
  end
  return "same"
end

function M.is_ready(actual)
  return actual.state == "Activated"
end

-- Polls by id, the one read that needs no region.
local function look(ctx, item)
  local id = ctx.lookup(item.key, "id")
  local answer = ctx.session:call("vpcpeer", item.place, "GetVpcPeerConnectionAttribute", { InstanceId = id })
  if not answer then
    return nil, "not visible yet"
  end
  local state = answer.Status
  if DEAD[state] or GONE[state] then
    errors.raise { kind = "cloud", code = "PeeringDead",
      message = ("the connection %s %s"):format(id, DEAD[state] or "was deleted by somebody else"),
      hint = "run plan again: it proposes a new connection (D-10, D-12)" }
  end
  if state == "Activated" then
    return true, state
  end
  if state == "Accepting" then
    state = ("Accepting (account %s must accept it, until %s)"):format(item.spec.accepter.owner,
      answer.GmtExpired or "7 days after the request")
  end
  return nil, state
end

local function create(item)
  local spec = item.spec
  return {
    product = "vpcpeer", action = "CreateVpcPeerConnection", place = item.place, token = true,
    params = { RegionId = spec.requester.region, VpcId = spec.requester.id,
      AcceptingAliUid = math.tointeger(spec.accepter.owner), AcceptingRegionId = spec.accepter.region,
      AcceptingVpcId = spec.accepter.id, Name = spec.name, Bandwidth = spec.bandwidth,
      LinkType = spec.link_type, Tag = marker.tags(item.owner, item.key) },
    accept = function(answer)
      return { [item.key] = { id = answer.InstanceId } }
    end,
    -- Somebody (a lost answer, or another tool) connected the pair meanwhile: adopt it.
    recover = { ["ResourceAlreadyExist.VpcPeer"] = function(ctx)
      ctx.session:forget "peerings:"
      local actual = M.read(ctx.session, { item })[item.key]
      return actual and { [item.key] = { id = actual.id } }
    end },
    look = function(ctx) return look(ctx, item) end,
  }
end

-- Between two of our own accounts the accepter's side answers at once.
local function accept(item)
  return {
    product = "vpcpeer", action = "AcceptVpcPeerConnection", place = item.accepter_place, token = true,
    params = function(ctx) return { InstanceId = ctx.lookup(item.key, "id") } end,
    recover = { ["IncorrectStatus.VpcPeer"] = function() return {} end },
    look = function(ctx) return look(ctx, item) end,
  }
end

local function modify(item, actual)
  return { product = "vpcpeer", action = "ModifyVpcPeerConnection", place = item.place, token = true,
    params = { InstanceId = actual.id, Bandwidth = item.spec.bandwidth, LinkType = item.spec.link_type },
    look = function(ctx) return look(ctx, item) end }
end

local function delete(item, actual)
  return { product = "vpcpeer", action = "DeleteVpcPeerConnection", place = item.place, token = true, removes = true,
    params = { InstanceId = actual.id },
    look = function(ctx)
      local answer = ctx.session:call("vpcpeer", item.place, "GetVpcPeerConnectionAttribute",
        { InstanceId = actual.id })
      return (not answer or answer.Status == "Deleted") or nil, answer and answer.Status
    end }
end

local function waits_for_accepting(item)
  local phase = create(item)
  local whole = phase.look
  phase.look = function(ctx)
    local ready, state = whole(ctx)
    return ready or (state and state:match "^Accepting" and true or nil), state
  end
  return phase
end

--- The calls of an action, in order.
---@param action "create"|"update"|"delete"|"replace"
---@param items table[] one item
---@param actuals table<string, table>
---@return table[] phases
function M.phases(action, items, actuals)
  local item = items[1]
  local actual = actuals[item.key]
  if action == "delete" then
    return { delete(item, actual) }
  elseif action == "update" then
    return { actual.state == "Accepting" and accept(item) or modify(item, actual) }
  end
  local phases = action == "replace" and { delete(item, actual) } or {}
  if item.spec.requester.owner == item.spec.accepter.owner then
    phases[#phases + 1] = create(item)
  else
    phases[#phases + 1] = waits_for_accepting(item)
    phases[#phases + 1] = item.accepter_place and accept(item) or nil
  end
  return phases
end

--- Every connection of a topology at its VPCs, known by its tags.
---@param session Session
---@param model Model
---@param vpc_facts table facts of the VPCs
---@return Item[]
function M.discover(session, model, vpc_facts)
  local items, seen = {}, {}
  for _, vpc in ipairs(model.vpc_list) do
    for _, entry in ipairs(list(session, vpc, vpc.id)) do
      local owner, key = marker.of_tags(entry.Tags)
      if owner == model.name and not seen[entry.InstanceId] and entry.Status ~= "Deleted" then
        seen[entry.InstanceId] = true
        items[#items + 1] = { key = key or ("peering:" .. pair_of(entry):gsub("|", ":")), kind = M.name,
          stage = "connect", owner = model.name, place = { account = vpc.account, region = vpc.region },
          spec = { requester = { id = entry.Vpc.VpcId, region = entry.RegionId,
              owner = vpc_facts.vpcs[vpc.alias].owner },
            accepter = { id = entry.AcceptingVpc.VpcId, region = entry.AcceptingRegionId } } }
      end
    end
  end
  return items
end

--- One line for the plan.
function M.describe(item)
  local spec = item.spec
  local text = ("%s %s  <->  %s %s"):format(spec.requester.region, spec.requester.id, spec.accepter.region,
    spec.accepter.id)
  if spec.requester.region ~= spec.accepter.region then
    text = ("%s  %s, %s Mbit/s"):format(text, spec.link_type or "Gold", spec.bandwidth or "default (1024)")
  end
  return text
end

--- A phase that only waits for a connection that exists already.
function M.pending(item)
  return { look = function(ctx) return look(ctx, item) end }
end

return M
