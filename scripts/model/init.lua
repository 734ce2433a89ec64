-- SPDX-License-Identifier: MIT
-- model: reads a topology file and gives the validated model. All problems come at once, each with file
-- and line, as one error of kind "input".
local errors = require "errors"
local fields = require "model.fields"
local fs = require "fs"
local rules = require "model.rules"
local schema = require "model.schema"
local source = require "model.source"

local M = {}

---@class ModelVpc
---@field alias string
---@field region string
---@field id string
---@field account string
---@field clients string[] instances that use the service
---@field resolver string? instance that looks names up inside this VPC
---@field announce string[]? blocks to route to; default: all of the VPC
---@field tables string[]? route tables to write; default: those that the flow needs

---@class ModelPeering
---@field key string
---@field requester string alias
---@field accepter string alias
---@field name string
---@field link_type string? only between regions
---@field bandwidth integer? Mbit/s

---@class ModelFlow
---@field key string
---@field from string alias of the consumer VPC
---@field target string alias of the VPC that is entered
---@field kind "maxcompute"|"vpc"
---@field mode "domain"|"endpoint"|"vpc"
---@field to table the fields as written
---@field clients string[]

---@class Model
---@field name string
---@field file string
---@field folder string where the topology lies; checks/ is looked for beside it
---@field accounts table<string, table>
---@field vpcs table<string, ModelVpc>
---@field vpc_list ModelVpc[] sorted by alias
---@field peerings ModelPeering[]
---@field flows ModelFlow[]
---@field checks string[]

-- What a topology file may use: Lua's pure parts and `require` (presets, cidr). It is data that may be
-- computed; files, processes and the network are not its business.
local function environment()
  local env = {}
  for _, name in ipairs { "assert", "error", "ipairs", "math", "next", "pairs", "pcall", "select", "string",
    "table", "tonumber", "tostring", "type", "utf8", "require" } do
    env[name] = _G[name]
  end
  return env
end

local function problem_lines(problems, map)
  local lines, seen = {}, {}
  for _, problem in ipairs(problems) do
    local line = map:line(problem.path)
    local text = ("%s:%d: %s"):format(map.file, line, problem.message)
    problem.file, problem.line = map.file, line
    if problem.hint then
      text = text .. ("\n    %s"):format(problem.hint)
    end
    if not seen[text] then
      seen[text] = true
      lines[#lines + 1] = { line = line, text = text, order = #lines }
    end
  end
  table.sort(lines, function(a, b)
    if a.line ~= b.line then return a.line < b.line end
    return a.order < b.order
  end)
  for index, entry in ipairs(lines) do
    lines[index] = entry.text
  end
  return lines
end

local function raise_problems(problems, map)
  local lines = problem_lines(problems, map)
  errors.raise { kind = "input", code = "InvalidTopology", problems = problems,
    message = ("%s has %d problem%s:\n%s"):format(map.file, #lines, #lines == 1 and "" or "s",
      table.concat(lines, "\n")),
    hint = "correct the file; nothing was changed" }
end

local function build_vpcs(raw, model)
  for _, alias in ipairs(fields.sorted_keys(raw.vpcs)) do
    local vpc = raw.vpcs[alias]
    local entry = { alias = alias, region = vpc.region, id = vpc.id, account = vpc.account or "default",
      clients = vpc.clients or {}, resolver = vpc.resolver, announce = vpc.announce, tables = vpc.tables }
    model.vpcs[alias] = entry
    model.vpc_list[#model.vpc_list + 1] = entry
  end
end

local function build_peerings(raw, model)
  for _, peering in ipairs(raw.peerings) do
    local a, b = model.vpcs[peering[1]], model.vpcs[peering[2]]
    local first, second = a.id, b.id
    if second < first then
      first, second = second, first
    end
    model.peerings[#model.peerings + 1] = {
      key = ("peering:%s:%s"):format(first, second), requester = a.alias, accepter = b.alias,
      name = peering.name or ("%s-%s-%s"):format(model.name, a.alias, b.alias),
      link_type = peering.link_type, bandwidth = peering.bandwidth }
  end
end

local function build_flows(raw, model)
  for index, flow in ipairs(raw.flows) do
    local to = flow.to
    model.flows[index] = { key = ("flow:%d"):format(index), from = flow.from, target = to.maxcompute or to.vpc,
      kind = to.maxcompute and "maxcompute" or "vpc", mode = to.maxcompute and (to.mode or "domain") or "vpc",
      to = to, clients = flow.clients or model.vpcs[flow.from].clients }
  end
end

--- Builds the model of a raw topology; raises one error with every problem.
---@param raw any
---@param map SourceMap
---@return Model
function M.build(raw, map)
  local problems = {}
  fields.check(schema.topology, raw, {}, problems)
  if type(raw) == "table" then
    rules.check(raw, problems)
  end
  if #problems > 0 then
    raise_problems(problems, map)
  end
  local model = { name = raw.name, file = map.file, folder = map.file:match "^(.*)/[^/]*$" or ".",
    accounts = raw.accounts or {}, vpcs = {}, vpc_list = {}, peerings = {}, flows = {}, checks = raw.checks or {} }
  build_vpcs(raw, model)
  build_peerings(raw, model)
  build_flows(raw, model)
  return model
end

--- Loads a topology file.
---@param path string
---@return Model
function M.load(path)
  local text = fs.read(path)
  local chunk, why = load(text, "@" .. path, "t", environment())
  if not chunk then
    errors.raise { kind = "input", code = "InvalidTopology", message = "topology does not parse: " .. why,
      hint = "correct the file; nothing was changed" }
  end
  local ok, raw = pcall(chunk)
  if not ok then
    errors.raise { kind = "input", code = "InvalidTopology", message = ("topology %s failed: %s"):format(path,
      tostring(raw)), cause = raw }
  end
  return M.build(raw, source.map(text, path))
end

return M
