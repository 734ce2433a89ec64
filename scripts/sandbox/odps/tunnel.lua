-- SPDX-License-Identifier: MIT
-- Tunnel downloads of the emulated MaxCompute: sessions on tables and on results of instances.
local clock = require "clock"
local json = require "json"
local random = require "random"
local answers = require "sandbox.odps.answers"
local instances = require "sandbox.odps.instances"
local records = require "sandbox.odps.records"
local tables = require "sandbox.odps.tables"

local refuse = answers.refuse

local tunnel = {}

--- What a Tunnel session reads: a table, or the result of an instance.
local function tunnel_source(call, kind, name)
  if kind == "tables" then return tables.find(call, name) end
  local found = instances.find(call, name)
  if not found.result then
    refuse(call, 400, "InvalidArgument", "The instance has no result: " .. tostring(found.problem))
  end
  return found.result
end

local function show_session(id, source, status)
  return answers.reply(status, json.encode { DownloadID = id, Status = "normal", Initiated = answers.date(clock.wall()),
    RecordCount = #source.rows, Schema = tables.schema(source.columns), QuotaName = "default" },
    { ["Content-Type"] = "application/json" })
end

local function session_of(call)
  local session = call.service.downloads[call.query.downloadid]
  if not session then
    refuse(call, 404, "NoSuchDownload", "The specified download id does not exist: " .. tostring(call.query.downloadid))
  end
  return session
end

local function chosen_columns(call, source)
  if not call.query.columns then return source.columns end
  local chosen = {}
  for name in call.query.columns:gmatch("[^,]+") do
    for index, column in ipairs(source.columns) do
      if column.name == name then
        chosen[#chosen + 1] = { name = name, type = column.type, source = index }
      end
    end
  end
  return chosen
end

local function send_rows(call, source)
  local first, count = (call.query.rowrange or ""):match("^%((%d+),(%d+)%)$")
  if not first then refuse(call, 400, "InvalidArgument", "rowrange must be (first,count)") end
  first, count = tonumber(first), tonumber(count)
  local rows = table.move(source.rows, first + 1, math.min(first + count, #source.rows), 1, {})
  return answers.reply(200, records.encode(chosen_columns(call, source), rows),
    { ["Content-Type"] = "application/octet-stream", ["odps-tunnel-record-count"] = #rows })
end

--- POST ?downloads opens a session, GET ?downloadid shows it, with &data it sends rows.
function tunnel.handle(call, kind, name)
  local source = tunnel_source(call, kind, name)
  if call.request.method == "POST" and call.query.downloads then
    local id = os.date("!%Y%m%d%H%M%S", math.floor(clock.wall())) .. random.hex(16)
    call.service.downloads[id] = source
    return show_session(id, source, 201)
  elseif call.query.data then
    return send_rows(call, session_of(call))
  elseif call.query.downloadid then
    return show_session(call.query.downloadid, session_of(call), 200)
  end
  return refuse(call, 400, "InvalidArgument", "only downloads are emulated")
end

return tunnel
