-- SPDX-License-Identifier: MIT
-- term: how texts meet terminals: width, colour rules, tables, live lines. Results go to stdout, progress to
-- stderr; what moves or has colour appears on a terminal only.
local env = require "env"
local native = require "term.native"

local M = {}

local STYLES <const> = { bold = "1", dim = "2", red = "31", green = "32", yellow = "33", blue = "34", cyan = "36" }
local DEFAULT_COLUMNS <const> = 100

M.is_terminal = native.is_terminal

local function set(name)
  local value = env.get(name)
  return value ~= nil and value ~= ""
end

--- Whether a stream gets colour: NO_COLOR and TERM=dumb say no, CLICOLOR_FORCE and FORCE_COLOR yes, else
--- a terminal decides.
---@param stream "stdout"|"stderr"
---@return boolean
function M.has_color(stream)
  if set "NO_COLOR" then
    return false
  elseif (set "CLICOLOR_FORCE" and env.get "CLICOLOR_FORCE" ~= "0") or set "FORCE_COLOR" then
    return true
  elseif env.get "TERM" == "dumb" or env.get "CLICOLOR" == "0" then
    return false
  end
  return native.is_terminal(stream)
end

--- Columns of a stream: the terminal's, COLUMNS, or 100.
---@param stream "stdout"|"stderr"
---@return integer
function M.columns(stream)
  return native.columns(stream) or math.tointeger(tonumber(env.get "COLUMNS")) or DEFAULT_COLUMNS
end

--- A function that dresses text for a stream, or leaves it when the stream has no colour.
---@param stream "stdout"|"stderr"
---@return fun(style: string, text: string): string
function M.painter(stream)
  if not M.has_color(stream) then
    return function(_, text) return text end
  end
  return function(style, text)
    return ("\27[%sm%s\27[0m"):format(STYLES[style] or "0", text)
  end
end

local function visible_length(text)
  return utf8.len((text:gsub("\27%[[%d;]*m", ""))) or #text
end
M.length = visible_length

--- Lays rows out in columns; every column as wide as its widest cell, two blanks between.
---@param rows string[][]
---@param options? { indent: string? }
---@return string[] lines
function M.table(rows, options)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for column, cell in ipairs(row) do
      widths[column] = math.max(widths[column] or 0, visible_length(cell))
    end
  end
  for index, row in ipairs(rows) do
    local cells = {}
    for column, cell in ipairs(row) do
      cells[column] = column < #row and cell .. (" "):rep(widths[column] - visible_length(cell)) or cell
    end
    lines[index] = (options and options.indent or "") .. table.concat(cells, "  "):gsub("%s+$", "")
  end
  return lines
end

---@class LiveLines a few lines at the bottom of the terminal that are rewritten; elsewhere one line an event
local LiveLines = {}
LiveLines.__index = LiveLines

--- Progress on stderr.
---@param options? { live: boolean? } default: live on a terminal that can move its cursor
---@return LiveLines
function M.progress(options)
  local live = native.is_terminal "stderr" and env.get "TERM" ~= "dumb"
  if options and options.live ~= nil then
    live = options.live
  end
  return setmetatable({ live = live, order = {}, lines = {}, drawn = 0 }, LiveLines)
end

local function erase(self)
  if self.drawn > 0 then
    io.stderr:write(("\27[%dA\27[J"):format(self.drawn))
    self.drawn = 0
  end
end

local function clip(text, columns)
  if visible_length(text) <= columns then
    return text
  end
  local stop = utf8.offset(text, columns - 1) or columns
  return text:sub(1, stop - 1) .. "…"
end

local function draw(self)
  local columns = M.columns "stderr"
  for _, key in ipairs(self.order) do
    io.stderr:write(clip(self.lines[key], columns), "\n")
    self.drawn = self.drawn + 1
  end
  io.stderr:flush()
end

--- Sets the live line of `key`. Without a terminal the text is printed once, as it changes.
---@param key string
---@param text string
function LiveLines:set(key, text)
  if not self.live then
    if self.lines[key] ~= text then
      self.lines[key] = text
      io.stderr:write(text, "\n")
      io.stderr:flush()
    end
    return
  end
  erase(self)
  if not self.lines[key] then
    self.order[#self.order + 1] = key
  end
  self.lines[key] = text
  draw(self)
end

--- Ends the live line of `key` and prints `text` above those that go on.
---@param key string
---@param text string
function LiveLines:done(key, text)
  erase(self)
  for index, other in ipairs(self.order) do
    if other == key then
      table.remove(self.order, index)
      break
    end
  end
  self.lines[key] = nil
  io.stderr:write(text, "\n")
  if self.live then
    draw(self)
  else
    io.stderr:flush()
  end
end

--- Prints a line above the live ones.
function LiveLines:say(text)
  erase(self)
  io.stderr:write(text, "\n")
  if self.live then
    draw(self)
  end
end

--- Asks on the terminal; nil when stdin is none.
---@param question string
---@return string? answer
function M.ask(question)
  if not native.is_terminal "stdin" then
    return nil
  end
  io.stderr:write(question)
  io.stderr:flush()
  return io.stdin:read "l"
end

return M
