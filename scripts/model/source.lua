-- SPDX-License-Identifier: MIT
-- model.source: where in a Lua file a field of the returned table was written. It reads table
-- constructors only; what a topology computes has the line of the nearest table written out.
local M = {}

local SYMBOLS = { ["..."] = true, [".."] = true, ["=="] = true, ["~="] = true, ["<="] = true, [">="] = true,
  ["//"] = true, ["::"] = true, ["<<"] = true, [">>"] = true }

local function count_lines(text)
  return select(2, text:gsub("\n", ""))
end

-- Skips white space and comments; returns the new position and the lines passed.
local function skip(text, position)
  local lines = 0
  while true do
    local space = text:match("^%s+", position)
    if space then
      lines = lines + count_lines(space)
      position = position + #space
    end
    if text:sub(position, position + 1) ~= "--" then
      return position, lines
    end
    local equals = text:match("^%-%-%[(=*)%[", position)
    local stop
    if equals then
      stop = select(2, text:find("]" .. equals .. "]", position, true)) or #text
    else
      stop = (text:find("\n", position, true) or #text + 1) - 1
    end
    lines = lines + count_lines(text:sub(position, stop))
    position = stop + 1
  end
end

local function quoted(text, position)
  local quote, at = text:sub(position, position), position + 1
  while at <= #text do
    local c = text:sub(at, at)
    if c == "\\" then
      at = at + 2
    elseif c == quote then
      return at
    else
      at = at + 1
    end
  end
  return #text
end

local function token_end(text, position)
  local c = text:sub(position, position)
  if c == '"' or c == "'" then
    return "string", quoted(text, position)
  end
  local equals = text:match("^%[(=*)%[", position)
  if equals then
    return "string", select(2, text:find("]" .. equals .. "]", position, true)) or #text
  end
  local name = text:match("^[%a_][%w_]*", position)
  if name then
    return "name", position + #name - 1
  end
  local number = text:match("^0[xX][%x.pP+-]*", position) or text:match("^%d[%d.]*[eE]?[+-]?%d*", position)
  if number then
    return "number", position + #number - 1
  end
  for length = 3, 2, -1 do
    if SYMBOLS[text:sub(position, position + length - 1)] then
      return "symbol", position + length - 1
    end
  end
  return "symbol", position
end

--- Splits Lua source into tokens {kind, text, line}.
---@param text string
---@return table[]
function M.tokens(text)
  local list, position, line = {}, 1, 1
  while true do
    local passed
    position, passed = skip(text, position)
    line = line + passed
    if position > #text then
      return list
    end
    local kind, stop = token_end(text, position)
    local value = text:sub(position, stop)
    list[#list + 1] = { kind = kind, text = value, line = line }
    line = line + count_lines(value)
    position = stop + 1
  end
end

local OPEN = { ["{"] = "}", ["("] = ")", ["["] = "]" }
-- Each of these is closed by one `end` or `until`; `for` and `while` have their `do`.
local BLOCK = { ["function"] = true, ["do"] = true, ["if"] = true, ["repeat"] = true }

local function literal(token)
  if token.kind == "string" then
    local chunk = load("return " .. token.text, "=literal", "t", {})
    return chunk and chunk()
  elseif token.kind == "number" then
    return tonumber(token.text)
  end
end

local parse_table

-- Passes over one expression up to the "," ";" or "}" that ends it; a table constructor that is the
-- whole expression is returned as a node.
local function parse_value(tokens, at)
  local node
  if tokens[at] and tokens[at].text == "{" then
    node, at = parse_table(tokens, at)
  end
  local depth = 0
  while tokens[at] do
    local text = tokens[at].text
    if tokens[at].kind ~= "string" then
      if depth == 0 and (text == "," or text == ";" or text == "}") then
        return node, at
      end
      node = nil
      if OPEN[text] or BLOCK[text] then
        depth = depth + 1
      elseif text == "}" or text == ")" or text == "]" or text == "end" or text == "until" then
        depth = depth - 1
      end
    end
    at = at + 1
  end
  return node, at
end

-- at: index of "{"; returns the node and the index behind its "}".
function parse_table(tokens, at)
  local node = { line = tokens[at].line, fields = {} }
  local index = 0
  at = at + 1
  while tokens[at] and tokens[at].text ~= "}" do
    local first, second = tokens[at], tokens[at + 1]
    local line, key = first.line
    if first.kind == "name" and second and second.text == "=" then
      key, at = first.text, at + 2
    elseif first.kind == "symbol" and first.text == "[" and tokens[at + 3] and tokens[at + 2].text == "]"
      and tokens[at + 3].text == "=" then
      key, at = literal(second), at + 4
    else
      index = index + 1
      key = index
    end
    local child
    child, at = parse_value(tokens, at)
    if key ~= nil then
      node.fields[key] = { line = line, fields = child and child.fields }
    end
    if tokens[at] and (tokens[at].text == "," or tokens[at].text == ";") then
      at = at + 1
    end
  end
  return node, at + 1
end

---@class SourceMap
---@field file string
local Map = {}
Map.__index = Map

--- The line of the field at `path`, or of the nearest table around it that was written out.
---@param path (string|integer)[]
---@return integer line
function Map:line(path)
  local node, line = self.root, self.root.line
  for _, key in ipairs(path) do
    node = node.fields and node.fields[key]
    if not node then
      break
    end
    line = node.line
  end
  return line
end

-- Index of the `return` of the file itself: the last one outside every block.
local function last_return(tokens)
  local depth, found = 0, nil
  for at, token in ipairs(tokens) do
    if token.kind == "name" then
      if BLOCK[token.text] then
        depth = depth + 1
      elseif token.text == "end" or token.text == "until" then
        depth = depth - 1
      elseif token.text == "return" and depth == 0 then
        found = at
      end
    end
  end
  return found
end

--- Reads the table constructor that a file returns. For `return preset { ... }` it is the argument.
---@param text string Lua source
---@param file string for messages
---@return SourceMap
function M.map(text, file)
  local tokens = M.tokens(text)
  local root = { line = 1, fields = {} }
  local at = last_return(tokens)
  if at then
    root.line = tokens[at].line
    for brace = at + 1, #tokens do
      if tokens[brace].text == "{" and tokens[brace].kind == "symbol" then
        root = parse_table(tokens, brace)
        break
      end
    end
  end
  return setmetatable({ file = file, root = root }, Map)
end

return M
