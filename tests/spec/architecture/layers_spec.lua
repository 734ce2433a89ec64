-- SPDX-License-Identifier: MIT
-- The direction of includes and requires: scripts -> modules -> runtime, and inside scripts
-- commands -> procedure -> stages -> resources -> engine. Run from the source tree.

local fs = require "fs"
local test = require "spec"

-- All files below `folder` whose name ends as given.
local function files_below(folder, ending, found)
  found = found or {}
  for _, name in ipairs(fs.list(folder)) do
    local path = folder .. "/" .. name
    local info = fs.stat(path)
    if info and info.type == "directory" then
      files_below(path, ending, found)
    elseif path:sub(-#ending) == ending and name ~= "types.lua" then
      found[#found + 1] = path
    end
  end
  return found
end

local function includes_of(path)
  local list = {}
  for line in io.lines(path) do
    local header = line:match '^%s*#include%s+"([^"]+)"'
    if header then list[#list + 1] = header end
  end
  return list
end

local function requires_of(path)
  local list = {}
  for name in fs.read(path):gmatch "require%s*%(?%s*[\"']([%w_.]+)[\"']" do list[#list + 1] = name end
  return list
end

-- What a module may include of runtime/: the waiting, the error, the world; not the scheduler's insides.
local open_headers = { op = true, loop = true, error = true, lazy = true, runtime = true, world = true, task = true,
  env = true }

-- Modules that stand on another module's C interface.
local allowed_modules = { cloud = { http = true }, dns = { cidr = true }, net = { http = true } }

test("runtime includes nothing of modules", function()
  for _, ending in ipairs { ".c", ".h" } do
    for _, path in ipairs(files_below("runtime", ending)) do
      for _, header in ipairs(includes_of(path)) do
        test.truthy(header:match "^runtime/", ("%s includes %s"):format(path, header))
      end
    end
  end
end)

test("a module includes its own headers and the open ones of runtime", function()
  local count = 0
  for _, ending in ipairs { ".c", ".h" } do
    for _, path in ipairs(files_below("modules", ending)) do
      local own = path:match "^modules/([^/]+)/"
      for _, header in ipairs(includes_of(path)) do
        count = count + 1
        local other, runtime = header:match "^modules/([^/]+)/", header:match "^runtime/([%w_]+)%.h$"
        local fine = other == own or (other and allowed_modules[own] and allowed_modules[own][other])
          or (runtime and open_headers[runtime])
        test.truthy(fine, ("%s includes %s"):format(path, header))
      end
    end
  end
  test.truthy(count > 50, "the scan found too few includes to mean anything")
end)

-- First part of every module name that scripts/ defines.
local function script_names()
  local names = {}
  for _, name in ipairs(fs.list "scripts") do names[name:gsub("%.lua$", "")] = true end
  return names
end

test("runtime's and modules' Lua require nothing of scripts", function()
  local scripts = script_names()
  for _, folder in ipairs { "modules", "runtime/lua" } do
    for _, path in ipairs(files_below(folder, ".lua")) do
      for _, name in ipairs(requires_of(path)) do
        local first = name:match "^[^.]+"
        test.falsy(scripts[first], ("%s requires %s"):format(path, name))
      end
    end
  end
end)

-- Inside scripts/: a part may require parts of a lower rank, or its own. Data and texts rank lowest.
local rank = {
  commands = 9, procedure = 7, stages = 6, checks = 5, resources = 5, report = 5, topologies = 5,
  probe = 4,
  engine = 3, model = 1, sandbox = 0,
}

test("inside scripts, requires point down; the sandbox is a leaf", function()
  local count = 0
  for _, path in ipairs(files_below("scripts", ".lua")) do
    local own = path:match "^scripts/([%w_]+)"
    test.truthy(rank[own], path .. " belongs to no known part of scripts/; add it to this test")
    for _, name in ipairs(requires_of(path)) do
      local other = name:match "^[^.]+"
      if rank[other] and other ~= own then
        count = count + 1
        if other == "sandbox" then
          test.equal(own, "commands", ("%s requires %s: only commands may load the sandbox"):format(path, name))
        else
          test.truthy(rank[other] < rank[own], ("%s requires %s, which is not below it"):format(path, name))
        end
      end
    end
  end
  test.truthy(count > 5, "the scan found too few requires to mean anything")
end)

test("the engine knows no resource by name", function()
  local kinds = {}
  for _, name in ipairs(fs.list "scripts/resources") do kinds[#kinds + 1] = name:match "^(.*)%.lua$" end
  for _, path in ipairs(files_below("scripts/engine", ".lua")) do
    local text = fs.read(path)
    for _, kind in ipairs(kinds) do
      if kind:find "_" then
        test.falsy(text:find("[\"']" .. kind .. "[\"']"), ("%s names the resource %s"):format(path, kind))
      end
    end
  end
end)

test("no file of scripts/ or modules/ is without its header and licence line", function()
  for _, folder in ipairs { "scripts", "modules", "runtime" } do
    for _, ending in ipairs { ".lua", ".c", ".h" } do
      for _, path in ipairs(files_below(folder, ending)) do
        test.truthy(fs.read(path):sub(1, 200):find "SPDX%-License%-Identifier: MIT", path .. " has no SPDX line")
      end
    end
  end
end)
