-- SPDX-License-Identifier: MIT
-- What a module exports is what its annotations describe: every function, and no function that is not there.

local fs = require "fs"
local test = require "spec"

-- Module -> the file with its annotations (types.lua, or the Lua file itself where it is its own source).
local described_in = {
  clock = "runtime/lua/types.lua", random = "runtime/lua/types.lua", env = "runtime/lua/types.lua",
  fs = "runtime/lua/types.lua", bundle = "runtime/lua/types.lua",
  task = "runtime/lua/task.lua", process = "runtime/lua/process.lua", errors = "runtime/lua/errors.lua",
  spec = "runtime/lua/spec.lua", ["cloud.native"] = "modules/cloud/types.lua",
  ["cloud.catalogue"] = "modules/cloud/catalogue.lua",
}
for _, name in ipairs(fs.list "modules") do
  if fs.stat(("modules/%s/CMakeLists.txt"):format(name)) then
    described_in[name] = ("modules/%s/types.lua"):format(name)
  end
end

local modules = {}
for name in pairs(described_in) do
  modules[#modules + 1] = name
end
table.sort(modules)

-- Functions of `name` with an annotation directly above: their names without the module's.
local function described(name)
  local prefix, found, annotated = name:match "[^.]+$", {}, false
  for line in (fs.read(described_in[name]) .. "\n"):gmatch "(.-)\n" do
    local full = line:match "^function ([%w_.]+)%(" or line:match "^([%w_.]+) = %a"
    local short = full and full:match("^" .. prefix .. "%.([%w_.]+)$")
    if short and annotated then
      found[short] = true
    end
    annotated = line:match "^%-%-%-" ~= nil
  end
  return found
end

-- Every function of a module, also those of parts that have no annotated file of their own ("overlap.pairs").
-- A part that is loaded when first asked for is asked for by its described name.
local function exported(name, says)
  local found = {}
  local function add(value, path)
    for key, item in pairs(value) do
      if type(item) == "function" then
        found[path .. key] = true
      elseif type(item) == "table" and type(key) == "string" and not described_in[name .. "." .. key] then
        add(item, path .. key .. ".")
      end
    end
  end
  local module = require(name)
  for full in pairs(says) do
    local _ = full:find(".", 1, true) and module[full:match "^[^.]+"]
  end
  add(module, "")
  return found
end

local function missing(from, other)
  local list = {}
  for name in pairs(from) do
    if not other[name] then
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return list
end

for _, name in ipairs(modules) do
  test(name .. ": every exported function is described, every described one exists", function()
    local says = described(name)
    local has = exported(name, says)
    test.truthy(next(has), name .. " exports no function")
    test.equal(missing(has, says), {}, ("%s: without an annotation in %s"):format(name, described_in[name]))
    test.equal(missing(says, has), {}, ("%s: described in %s, but not there"):format(name, described_in[name]))
  end)
end
