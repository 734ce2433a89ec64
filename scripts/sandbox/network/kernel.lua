-- SPDX-License-Identifier: MIT
-- Keeps the network namespaces equal to what compile.lua wants: creates and drops them, and gives `ip`
-- and `nft` only the differences, in two waves of batches (links and filters, then routes).
local clock = require "clock"
local errors = require "errors"
local fs = require "fs"
local netns = require "netns"
local task = require "task"
local view = require "sandbox.network.view"

local kernel = {}

local Kernel = {}
Kernel.__index = Kernel

-- Both ends of every wire have it; each wire is a network of its own (compile.lua).
local MAC <const> = "02:00:00:00:00:01"
-- Batches run at once: more than the processors gain nothing.
local PARALLEL <const> = 4
local LINK_DEADLINE <const> = 5 -- seconds

---@param options {files:(fun(space:sandbox.network.Space):table<string,string>)} files of an instance
function kernel.new(options)
  return setmetatable({ spaces = {}, links = {}, counters = { port = 0, wire = 0 }, named = {}, commands = 0,
    files = options.files }, Kernel)
end

--- The lasting short name of a port ("n7") or a peering ("w2"): link names have at most 15 characters.
function Kernel:number(kind, id)
  local key = kind .. " " .. id
  if not self.named[key] then
    self.counters[kind] = self.counters[kind] + 1
    self.named[key] = (kind == "port" and "n" or "w") .. self.counters[kind]
  end
  return self.named[key]
end

--- A kernel without IPv6 has none of its parameters, and needs none.
local function existing_parameters(wanted)
  if fs.stat("/proc/sys/net/ipv6") then return wanted end
  local kept = {}
  for name, value in pairs(wanted) do
    if not name:find("^net%.ipv6%.") then kept[name] = value end
  end
  return kept
end

local function open_space(self, want)
  local files = want.kind == "instance" and self.files(want) or {}
  local name = want.key:gsub("[^%w%-]", "-"):sub(1, 60)
  local ns = netns.new(want.kind == "instance" and want.port.instance.hostname or name, { files = files })
  ns:sysctl(existing_parameters(want.sysctl))
  self.spaces[want.key] = { ns = ns, kind = want.kind, vpc = want.vpc, lines = {}, order = {}, files = files }
end

--- Writes those files of an instance whose content changed.
local function refresh_files(self, want, have)
  if want.kind ~= "instance" then return end
  for path, content in pairs(self.files(want)) do
    if have.files[path] ~= content then
      have.ns:write(path, content)
      have.files[path] = content
    end
  end
end

--- All links that shall exist, keyed by their two ends; generation tells a re-created namespace from its ancestor.
local function wanted_links(self, spaces)
  local wanted = {}
  for key, want in view.sorted(spaces) do
    for _, link in ipairs(want.links) do
      local far = self.spaces[link.space]
      wanted[("%s %s > %s %s"):format(key, link.name, link.space, link.peer)] = { space = key, name = link.name,
        far = link.space, peer = link.peer, far_ns = far.ns, near_ns = self.spaces[key].ns }
    end
  end
  return wanted
end

--- What a line of configuration depends on has changed: forget the lines on this link, the kernel did.
local function forget_lines(have, link)
  for add, item in pairs(have.lines) do
    if item.link == link then have.lines[add] = nil end
  end
end

--- First wave: links to delete and to make, per namespace that owns them.
local function link_batches(self, spaces)
  local wanted, batches = wanted_links(self, spaces), {}
  local function batch(key)
    batches[key] = batches[key] or {}
    return batches[key]
  end
  for id, link in view.sorted(self.links) do
    local want = wanted[id]
    local near, far = self.spaces[link.space], self.spaces[link.far]
    local same_near, same_far = near and near.ns == link.near_ns, far and far.ns == link.far_ns
    if not (want and same_near and same_far) then
      -- Either end deletes the pair, at once; a namespace that goes away takes its own along only later.
      if same_near then
        table.insert(batch(link.space), "link del dev " .. link.name)
      elseif same_far then
        table.insert(batch(link.far), "link del dev " .. link.peer)
      end
      if same_near then forget_lines(near, link.name) end
      if same_far then forget_lines(far, link.peer) end
      self.links[id] = nil
    end
  end
  for id, link in view.sorted(wanted) do
    if not self.links[id] then
      self.links[id], link.new = link, true
      table.insert(batch(link.space), ("link add name %s address %s type veth peer name %s address %s netns %s")
        :format(link.name, MAC, link.peer, MAC, link.far_ns:path()))
    end
  end
  return batches
end

--- Both ends of the links made by this apply, by namespace.
local function new_ends(self)
  local ends = {}
  for _, link in view.sorted(self.links) do
    if link.new then
      for key, name in pairs { [link.space] = link.name, [link.far] = link.peer } do
        ends[key] = ends[key] or {}
        table.insert(ends[key], name)
      end
      link.new = nil
    end
  end
  return ends
end

--- Waits until the new links carry packets: what is sent before is lost, and TCP would try again after a second.
local function wait_for_links(self)
  local ends, deadline = new_ends(self), clock.monotonic() + LINK_DEADLINE
  for key, names in view.sorted(ends) do
    while not self.spaces[key].ns:running(names) do
      if clock.monotonic() > deadline then
        errors.raise { kind = "internal", code = "LinkNotReady",
          message = ("links of namespace %s are not ready after %d s: %s"):format(key, LINK_DEADLINE,
            table.concat(names, ", ")) }
      end
      task.sleep(0.002)
    end
  end
end

--- Second wave: lines to undo (latest first), then lines to do.
local function line_batch(have, want)
  local wanted, batch = {}, {}
  for _, item in ipairs(want.lines) do wanted[item.add] = item end
  for index = #have.order, 1, -1 do
    local item = have.order[index]
    if have.lines[item.add] and not wanted[item.add] then
      if item.del then batch[#batch + 1] = item.del end
    end
  end
  for _, item in ipairs(want.lines) do
    if not have.lines[item.add] then batch[#batch + 1] = item.add end
  end
  return batch, wanted
end

local function run_wave(self, jobs)
  self.commands = self.commands + #jobs
  task.map(jobs, function(job) job() end, { limit = PARALLEL })
end

local function first_wave(self, spaces)
  local jobs = {}
  for key, lines in view.sorted(link_batches(self, spaces)) do
    jobs[#jobs + 1] = function() self.spaces[key].ns:ip(lines) end
  end
  for key, want in view.sorted(spaces) do
    local have = self.spaces[key]
    if want.nft and have.nft ~= want.nft then
      jobs[#jobs + 1] = function()
        have.ns:nft(want.nft)
        have.nft = want.nft
      end
    end
  end
  run_wave(self, jobs)
end

local function second_wave(self, spaces)
  local jobs = {}
  for key, want in view.sorted(spaces) do
    local have = self.spaces[key]
    local batch, wanted = line_batch(have, want)
    if #batch > 0 then
      jobs[#jobs + 1] = function()
        have.ns:ip(batch)
        have.lines, have.order = wanted, want.lines
      end
    end
  end
  run_wave(self, jobs)
end

--- Takes out the spaces that are wanted no more. They are closed by the caller after the links to them were
--- deleted: the kernel tears a dropped namespace down later, and its links would still be seen for a while.
local function take_unwanted(self, spaces)
  local taken, keys = {}, {}
  for key, have in view.sorted(self.spaces) do
    if not spaces[key] then
      taken[#taken + 1], keys[#keys + 1] = have, key
      self.spaces[key] = nil
    end
  end
  return taken, keys
end

--- Makes the namespaces equal to `spaces`. After an error the state of the kernel is unknown: the next call
--- begins from nothing.
---@param spaces table<string, sandbox.network.Space>
---@return {opened:string[], closed:string[]} changes
function Kernel:apply(spaces)
  local start = clock.monotonic()
  local changes = { opened = {}, closed = {} }
  if self.dirty then changes.closed = self:close() end
  self.dirty, self.commands = true, 0
  local unwanted, keys = take_unwanted(self, spaces)
  table.move(keys, 1, #keys, #changes.closed + 1, changes.closed)
  for key, want in view.sorted(spaces) do
    if self.spaces[key] then
      refresh_files(self, want, self.spaces[key])
    else
      open_space(self, want)
      changes.opened[#changes.opened + 1] = key
    end
  end
  first_wave(self, spaces)
  for _, space in ipairs(unwanted) do space.ns:close() end
  second_wave(self, spaces)
  wait_for_links(self)
  self.dirty = false
  self.seconds = clock.monotonic() - start
  return changes
end

---@return {namespaces:integer, links:integer, commands:integer, seconds:number}
function Kernel:statistics()
  local count = { namespaces = 0, links = 0, commands = self.commands, seconds = self.seconds or 0 }
  for _ in pairs(self.spaces) do count.namespaces = count.namespaces + 1 end
  for _ in pairs(self.links) do count.links = count.links + 1 end
  return count
end

---@return string[] keys of the spaces that were dropped
function Kernel:close()
  local taken, closed = take_unwanted(self, {})
  for _, space in ipairs(taken) do space.ns:close() end
  self.links, self.dirty = {}, false
  return closed
end

return kernel
