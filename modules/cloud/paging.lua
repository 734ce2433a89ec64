-- SPDX-License-Identifier: MIT
-- Lists that come in pages: page numbers, NextToken with MaxResults or MaxResult, markers. Fails closed: a
-- cursor that comes back, a page that repeats or a list that changes while it is read is an error.
local errors = require "errors"
local path = require "cloud.path"

local paging = {}

local most_pages <const> = 10000
local restarts <const> = 3 -- of a list that changed while it was read by page numbers

-- What an operation without paging data is read with: by its answer, cursor style.
local by_cursor <const> = { style = "token", cursor = "NextToken", next = "NextToken" }

local function copy(params)
  local fresh = {}
  for name, value in pairs(params or {}) do
    fresh[name] = value
  end
  return fresh
end

local function raise(list, code, message, hint)
  errors.raise {
    kind = "cloud", code = code, product = list.client.product, action = list.action, region = list.client.region,
    message = message, hint = hint,
  }
end

local function fetch(list, params)
  list.pages = list.pages + 1
  if list.pages > most_pages then
    raise(list, "PagingLoop", ("more than %d pages"):format(most_pages), "narrow the list with a filter")
  end
  local answer, err = list.client:call(list.action, params, list.options)
  if not answer then
    return nil, nil, err
  end
  return answer, path.list(answer, list.path)
end

local function cursor_of(list, answer)
  local cursor = path.get(answer, list.rule.next)
  if cursor == nil or cursor == "" or cursor == false then
    return nil
  elseif type(cursor) == "table" then
    raise(list, "UnexpectedAnswer", ("the page cursor at '%s' is no text"):format(list.rule.next),
      "the list is not complete; see the answer with client:call")
  end
  return tostring(cursor)
end

-- One page after the other; each call gives answer, items, or nil when the list is over.
local function cursor_pages(list)
  local seen, cursor, over = {}, nil, false
  return function()
    if over then
      return nil
    end
    local params = copy(list.params)
    params[list.rule.cursor] = cursor
    local answer, items, err = fetch(list, params)
    if not answer then
      over = true
      return nil, nil, err
    end
    cursor = cursor_of(list, answer)
    over = cursor == nil
    if cursor and seen[cursor] then
      raise(list, "PagingLoop", "the same page cursor came twice", "the list is not complete; ask again")
    elseif cursor then
      seen[cursor] = true
    end
    return answer, items
  end
end

local function total_of(list, answer)
  local total = tonumber(path.get(answer, list.rule.total or "TotalCount"))
  return total and math.tointeger(total)
end

local function identity(item)
  if type(item) ~= "table" then
    return tostring(item)
  end
  local names = {}
  for name, value in pairs(item) do
    if type(value) ~= "table" then
      names[#names + 1] = ("%s=%s"):format(name, value)
    end
  end
  table.sort(names)
  return table.concat(names, "\0")
end

local function check_page(list, state, items, total)
  if total and state.total and total ~= state.total then
    return raise(list, "ListChanged", "the list changed while it was read", "ask again")
  end
  state.total = total
  local first = items[1] ~= nil and identity(items[1]) or nil
  if first and first == state.first and #items == state.count then
    return raise(list, "PagingLoop", ("page %d is page %d again"):format(state.page, state.page - 1),
      "the service ignores the page number")
  end
  state.first, state.count = first, #items
  state.seen = state.seen + #items
  if #items == 0 and total and state.seen < total then
    return raise(list, "ListChanged",
      ("only %d of %d items came"):format(state.seen, total), "the list changed while it was read; ask again")
  end
end

local function number_pages(list)
  local state = { page = 0, seen = 0 }
  local over = false
  return function()
    if over then
      return nil
    end
    state.page = state.page + 1
    local params = copy(list.params)
    params[list.rule.cursor] = state.page
    local answer, items, err = fetch(list, params)
    if not answer then
      over = true
      return nil, nil, err
    end
    local total = total_of(list, answer)
    check_page(list, state, items, total)
    over = #items == 0 or (total ~= nil and state.seen >= total)
      or (total == nil and #items < (tonumber(params[list.rule.size or ""]) or math.huge))
    return answer, items
  end
end

local makers <const> = { token = cursor_pages, marker = cursor_pages, number = number_pages }

--- Opens a list: `list.next()` gives answer, items page by page, then nil; nil, nil, err when it is not found.
---@param client cloud.Client
---@param action string
---@param params table?
---@param where string? path of the list in the answer; known for catalogued operations
---@param options table? as for client:call
---@return table list
function paging.open(client, action, params, where, options)
  local operation = client:operation(action, options)
  local rule = operation.paging or by_cursor
  local list = {
    client = client, action = action, params = copy(params), options = options, rule = rule, pages = 0,
    path = where or rule.items,
  }
  if not list.path then
    errors.raise {
      kind = "usage", code = "MissingPath", product = client.product, action = action,
      message = "where the list stands in the answer is not known",
      hint = 'pass its path, for example client:all("DescribeVpcs", {}, "Vpcs.Vpc")',
    }
  end
  for _, name in ipairs { rule.cursor, "PageNumber" } do
    if list.params[name] ~= nil then
      errors.raise { kind = "usage", code = "PagingParameter", product = client.product, action = action,
        message = ("%s is set by the paging itself"):format(name), hint = "use client:call to read one page" }
    end
  end
  if rule.size and list.params[rule.size] == nil then
    list.params[rule.size] = rule.max
  end
  list.next = makers[rule.style](list)
  return list
end

local function collect(list)
  local all = {}
  while true do
    local answer, items, err = list.next()
    if err then
      return nil, err
    elseif not answer then
      return all
    end
    table.move(items, 1, #items, #all + 1, all)
  end
end

--- All items of a list. A list that changed while it was read by page numbers is read again, three times.
---@param client cloud.Client
---@param action string
---@param params table?
---@param where string?
---@param options table?
---@return table? items
---@return table? err when the parent object is not found
function paging.all(client, action, params, where, options)
  for attempt = 1, restarts do
    local outcome = table.pack(pcall(function()
      return collect(paging.open(client, action, params, where, options))
    end))
    if outcome[1] then
      return outcome[2], outcome[3]
    elseif attempt == restarts or not errors.is(outcome[2], "ListChanged") then
      error(outcome[2], 0)
    end
  end
end

--- Iterates over the items of a list, page by page: for item in paging.each(...) do ... end.
---@param client cloud.Client
---@param action string
---@param params table?
---@param where string?
---@param options table?
---@return fun(): any
function paging.each(client, action, params, where, options)
  local list = paging.open(client, action, params, where, options)
  local items, index = {}, 0
  return function()
    index = index + 1
    while index > #items do
      local answer, page, err = list.next()
      if err then
        error(err, 0)
      elseif not answer then
        return nil
      end
      items, index = page, 1
    end
    return items[index]
  end
end

return paging
