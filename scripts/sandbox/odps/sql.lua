-- SPDX-License-Identifier: MIT
-- The little SQL that probes of a connection use: SELECT of constants, and SELECT * or COUNT(*) of a table of
-- the project. Anything else fails with the service's own syntax error.
local sql = {}

---@class sandbox.odps.Result
---@field columns {name:string, type:string}[]
---@field rows any[][]

local function constant(text)
  local quoted = text:match("^'([^']*)'$") or text:match('^"([^"]*)"$')
  if quoted then return quoted, "string" end
  local whole = text:match("^[+-]?%d+$") and math.tointeger(tonumber(text))
  if whole then return whole, "bigint" end
  if text:match("^[+-]?%d+%.%d+$") then return tonumber(text), "double" end
  if text:lower() == "true" or text:lower() == "false" then return text:lower() == "true", "boolean" end
  return nil
end

local function select_constants(list)
  local result, row = { columns = {}, rows = {} }, {}
  for item in (list .. ","):gmatch("%s*(.-)%s*,") do
    local text, name = item:match("^(.-)%s+[aA][sS]%s+([%w_]+)$")
    local value, kind = constant(text or item)
    if value == nil then return nil end
    row[#row + 1] = value
    result.columns[#row] = { name = name or ("_c" .. #row - 1), type = kind }
  end
  result.rows[1] = row
  return result
end

local function find_table(project, name)
  for _, candidate in ipairs(project.tables or {}) do
    if candidate.name:lower() == name:lower() then return candidate end
  end
end

local function select_table(project, what, name, limit)
  local found = find_table(project, name:match("([%w_]+)$"))
  if not found then
    return nil, ("ODPS-0130131:[1,15] Table not found - table %s.%s cannot be resolved"):format(project.name, name)
  end
  if what ~= "*" then return { columns = { { name = "_c0", type = "bigint" } }, rows = { { #found.rows } } } end
  return { columns = found.columns,
    rows = table.move(found.rows, 1, math.min(limit or #found.rows, #found.rows), 1, {}) }
end

--- Runs one statement.
---@param project {name:string, tables:table[]?}
---@param query string
---@return sandbox.odps.Result|nil result
---@return string|nil problem "ODPS-...: text" when it failed
function sql.run(project, query)
  local text = query:gsub("%-%-[^\n]*", " "):gsub("%s+", " "):gsub("^ ", ""):gsub("[ ;]*$", "")
  local body = text:match("^[sS][eE][lL][eE][cC][tT] (.+)$")
  if not body then return nil, "ODPS-0130161:[1,1] Parse exception - only SELECT is emulated: " .. text:sub(1, 80) end
  local what, name, rest = body:match("^(%*) [fF][rR][oO][mM] ([%w_.]+)(.*)$")
  if not what then what, name, rest = body:match("^([cC][oO][uU][nN][tT]%(.-%)) [fF][rR][oO][mM] ([%w_.]+)(.*)$") end
  if what then
    local limit = rest:match("^ [lL][iI][mM][iI][tT] (%d+)$")
    if rest == "" or limit then return select_table(project, what, name, tonumber(limit)) end
  end
  local result = select_constants(body)
  if result then return result end
  return nil, "ODPS-0130161:[1,8] Parse exception - not emulated: " .. text:sub(1, 80)
end

--- CSV as the service gives results: a header line, strings quoted.
---@param result sandbox.odps.Result
---@return string
function sql.csv(result)
  local function cell(value)
    if value == nil then return "\\N" end
    return '"' .. tostring(value):gsub('"', '""') .. '"'
  end
  local lines, names = {}, {}
  for index, column in ipairs(result.columns) do names[index] = cell(column.name) end
  lines[1] = table.concat(names, ",")
  for _, row in ipairs(result.rows) do
    local cells = {}
    for index in ipairs(result.columns) do cells[index] = cell(row[index]) end
    lines[#lines + 1] = table.concat(cells, ",")
  end
  return table.concat(lines, "\n") .. "\n"
end

return sql
