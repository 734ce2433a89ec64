-- SPDX-License-Identifier: MIT
-- Writes docs/reference/api/MODULE.md from the LuaCATS annotations, and the error catalogue (`./dev docs`).
-- With --check it writes nothing and fails when a page is stale.

local fs = require "fs"

local OUT <const> = "docs/reference/api"

-- Modules whose annotations stand in their own Lua file instead of a types.lua.
local sources = {
  { "task", "runtime/lua/task.lua" },
  { "process", "runtime/lua/process.lua" },
  { "errors", "runtime/lua/errors.lua" },
  { "spec", "runtime/lua/spec.lua" },
  { "host", "runtime/lua/types.lua", title = "clock, random, env, fs, bundle" },
}
for _, name in ipairs(fs.list "modules") do
  local path = "modules/" .. name .. "/types.lua"
  if fs.stat(path) then sources[#sources + 1] = { name, path } end
end
table.sort(sources, function(a, b) return a[1] < b[1] end)

-- Annotation lines of one block -> text lines and tags.
local function read_block(block)
  local text, tags = {}, {}
  for _, line in ipairs(block) do
    local tag, rest = line:match "^@(%w+)%s*(.*)$"
    if tag then
      tags[#tags + 1] = { tag, rest }
    else
      text[#text + 1] = line
    end
  end
  return text, tags
end

local function cell(text)
  return (text:gsub("|", "\\|"):gsub("^$", " "))
end

-- Splits "name type words" where the type may hold balanced brackets and no spaces outside of them,
-- "fun(a: b): c" aside.
local function split_type(text)
  local depth, position = 0, 1
  while position <= #text do
    local char = text:sub(position, position)
    if char:find "[%(%[{<]" then depth = depth + 1 end
    if char:find "[%)%]}>]" then depth = depth - 1 end
    local after_colon = text:sub(1, position - 1):find ":$"
    if char == " " and depth == 0 and not after_colon then break end
    position = position + 1
  end
  return text:sub(1, position - 1), (text:sub(position + 1):gsub("^%s+", ""))
end

local function tag_rows(tags, out)
  for _, entry in ipairs(tags) do
    local tag, rest = entry[1], entry[2]
    if tag == "param" or tag == "field" then
      local name, tail = rest:match "^(%S+)%s*(.*)$"
      local kind, words = split_type(tail or "")
      out[#out + 1] = (("- `%s` `%s` %s"):format(name or rest, kind, words):gsub("%s+$", ""))
    elseif tag == "return" then
      local kind, words = split_type(rest)
      out[#out + 1] = (("- returns `%s` %s"):format(kind, words):gsub("%s+$", ""))
    elseif tag == "alias" then
      out[#out + 1] = ("- alias `%s`"):format(cell(rest))
    elseif tag == "async" then
      out[#out + 1] = "- waits: call it inside a task"
    end
  end
end

local function heading(code, tags)
  local signature = code and code:match "^function%s+(.-%))"
  if signature then return "### `" .. signature .. "`" end
  for _, entry in ipairs(tags) do
    if entry[1] == "class" then return "## class `" .. entry[2]:match "^%S+" .. "`", entry[2]:match "^%S+%s+(.+)$" end
  end
  local assigned = code and code:match "^([%a_][%w_.]*)%s*=%s*[%w_.]+$"
  if assigned and assigned:find("%.") then return "### `" .. assigned .. "`" end
end

local function emit(block, code, out)
  local text, tags = read_block(block)
  local title, note = heading(code, tags)
  if not title then
    for _, entry in ipairs(tags) do
      if entry[1] == "alias" then out[#out + 1] = ("Type `%s`.\n"):format(cell(entry[2])) end
    end
    return
  end
  out[#out + 1] = title .. "\n"
  if note then out[#out + 1] = note .. "\n" end
  if #text > 0 then out[#out + 1] = table.concat(text, "\n") .. "\n" end
  local rows = {}
  tag_rows(tags, rows)
  if #rows > 0 then out[#out + 1] = table.concat(rows, "\n") .. "\n" end
end

local function page(source)
  local out = { ("# %s\n"):format(source.title or ("Module `" .. source[1] .. "`")),
    ("<!-- Generated from %s by ./dev docs; edit there. -->\n"):format(source[2]) }
  local block, preface, in_preface = {}, {}, true
  for line in io.lines(source[2]) do
    local annotation = line:match "^%-%-%-%s?(.*)$"
    local comment = line:match "^%-%-%s?(.*)$"
    if annotation and not annotation:find "^@meta" and not annotation:find "^%-" then
      in_preface = false
      block[#block + 1] = annotation
    elseif in_preface and comment and not annotation then
      if not comment:find "SPDX" then preface[#preface + 1] = comment end
    else
      if not (annotation or comment) then in_preface = false end
      if #preface > 0 and not in_preface then
        out[#out + 1] = table.concat(preface, "\n") .. "\n"
        preface = {}
      end
      if #block > 0 then
        emit(block, line, out)
        block = {}
      end
    end
    if not in_preface and #preface > 0 then
      out[#out + 1] = table.concat(preface, "\n") .. "\n"
      preface = {}
    end
  end
  return table.concat(out, "\n")
end

-- The error catalogue: codes with their retry class and remedy, and the bundled checks.
local function catalogue()
  local codes, remedies = require "cloud.codes", require "cloud.remedies"
  local all, names = {}, {}
  for code in pairs(codes.exact) do all[code] = {} end
  for code, remedy in pairs(remedies.exact) do
    all[code] = all[code] or {}
    all[code].remedy = remedy
  end
  for code in pairs(all) do names[#names + 1] = code end
  table.sort(names)
  local out = { "# Error catalogue\n",
    "<!-- Generated from modules/cloud/{codes,remedies}.lua and scripts/checks by ./dev docs; edit there. -->\n",
    "## Codes of the cloud\n",
    "The class decides whether a call is repeated: throttle, busy, not_ready, unknown (the outcome), final.\n",
    "| code | class | what to do |", "|---|---|---|" }
  for _, code in ipairs(names) do
    local entry = all[code]
    local class = codes.class({}, (code:gsub("^.*/", "")))
    out[#out + 1] = ("| `%s` | %s | %s |"):format(code, class, cell(entry.remedy or ""))
  end
  out[#out + 1] = "\n## Bundled checks\n\n| id | moment | severity | what | cause | remedy |\n|---|---|---|---|---|---|"
  for _, rule in ipairs(require("checks").bundled()) do
    out[#out + 1] = ("| %s | %s | %s | %s | %s | %s |"):format(rule.id, rule.moment, rule.severity, cell(rule.title),
      cell(rule.cause), cell(rule.remedy))
  end
  return table.concat(out, "\n") .. "\n"
end

local pages = { { path = "docs/reference/error-catalogue.md", text = catalogue() } }
for _, source in ipairs(sources) do
  pages[#pages + 1] = { path = ("%s/%s.md"):format(OUT, source[1]), text = page(source) }
end

local check_only = arg[1] == "--check"
local stale = {}
if not check_only then fs.mkdir(OUT, tonumber("755", 8)) end
for _, entry in ipairs(pages) do
  if not fs.stat(entry.path) or fs.read(entry.path) ~= entry.text then
    stale[#stale + 1] = entry.path
    if not check_only then fs.write_atomic(entry.path, entry.text, tonumber("644", 8)) end
  end
end
print(("%d pages, %d %s"):format(#pages, #stale, check_only and "stale" or "written"))
for _, path in ipairs(stale) do print("  " .. path) end
return check_only and #stale > 0 and 1 or 0
