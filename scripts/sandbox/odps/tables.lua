-- SPDX-License-Identifier: MIT
-- Projects and tables of the emulated MaxCompute: what GET projects/P and projects/P/tables show.
local clock = require "clock"
local json = require "json"
local answers = require "sandbox.odps.answers"

local refuse = answers.refuse

local tables = {}

--- GET projects/P.
function tables.project(call)
  local project, now = call.project, answers.date(clock.wall())
  local inner = ("<Name>%s</Name><Type>managed</Type><Comment></Comment><State>AVAILABLE</State><Owner>%s</Owner>"
    .. "<Region>%s</Region><CreationTime>%s</CreationTime><LastModifiedTime>%s</LastModifiedTime><Properties/>")
    :format(answers.escape(project.name), answers.escape(project.owner), answers.escape(project.region), now, now)
  return answers.object("Project", inner, { ["x-odps-owner"] = project.owner, ["x-odps-creation-time"] = now,
    ["Last-Modified"] = now })
end

--- The table of the call's project, or NoSuchObject.
function tables.find(call, name)
  for _, candidate in ipairs(call.project.tables or {}) do
    if candidate.name == name then return candidate end
  end
  return refuse(call, 404, "NoSuchObject",
    ("ODPS-0130131:Table not found - table %s.%s cannot be resolved"):format(call.project.name, name))
end

--- GET projects/P/tables.
function tables.list(call)
  local parts = {}
  for _, item in ipairs(call.project.tables or {}) do
    if not call.query.name or item.name:sub(1, #call.query.name) == call.query.name then
      parts[#parts + 1] = ("<Table><Name>%s</Name><Owner>%s</Owner></Table>"):format(answers.escape(item.name),
        answers.escape(call.project.owner))
    end
  end
  return answers.object("Tables", "<Marker/><MaxItems>1000</MaxItems>" .. table.concat(parts))
end

--- Columns as the service writes a schema.
function tables.schema(columns)
  local list = json.array {}
  for index, column in ipairs(columns) do
    list[index] = { name = column.name, type = column.type, comment = "", isNullable = true }
  end
  return { columns = list, partitionKeys = json.array {} }
end

--- GET projects/P/tables/T.
function tables.show(call, name)
  local found = tables.find(call, name)
  local inner = ("<Name>%s</Name><Owner>%s</Owner><Schema format=\"Json\">%s</Schema>"):format(answers.escape(name),
    answers.escape(call.project.owner), answers.cdata(json.encode(tables.schema(found.columns))))
  local now = answers.date(clock.wall())
  return answers.object("Table", inner, { ["x-odps-owner"] = call.project.owner, ["Last-Modified"] = now,
    ["x-odps-creation-time"] = now })
end

return tables
