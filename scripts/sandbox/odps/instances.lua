-- SPDX-License-Identifier: MIT
-- Instances of the emulated MaxCompute: SQL jobs that run when they are posted, their state and result.
local clock = require "clock"
local random = require "random"
local answers = require "sandbox.odps.answers"
local sql = require "sandbox.odps.sql"

local refuse = answers.refuse

local instances = {}

--- POST instances: the job runs at once; clients then ask for its state and result.
function instances.create(call)
  local body = call.request.body
  local query, name = answers.element(body, "Query"), answers.element(body, "Name")
  if not query or not body:find("<SQL>", 1, true) then
    refuse(call, 400, "InvalidParameter", "ODPS-0010000:Invalid argument - only SQL tasks are emulated")
  end
  local result, problem = sql.run(call.project, query)
  local id = os.date("!%Y%m%d%H%M%S", math.floor(clock.wall())) .. random.hex(6)
  call.service.instances[id] = { id = id, project = call.project.name, name = body:match("<SQL>.-<Name>(.-)</Name>")
    or name or "AnonymousSQLTask", result = result, problem = problem, started = clock.wall(),
    job = body:match("<Job>.-</Job>") or "<Job/>" }
  return answers.reply(201, "", { Location = ("%s://%s/api/projects/%s/instances/%s"):format(call.request.scheme,
    call.host, call.project.name, id) })
end

--- The instance of the call's project, or NoSuchObject.
function instances.find(call, id)
  local found = call.service.instances[id]
  if found and found.project == call.project.name then return found end
  return refuse(call, 404, "NoSuchObject",
    "ODPS-0420061:Invalid parameter in HTTP request - instance not found: " .. id)
end

local BASE64 <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(text)
  local out = {}
  for index = 1, #text, 3 do
    local a, b, c = text:byte(index, index + 2)
    local bits = a << 16 | (b or 0) << 8 | (c or 0)
    for step = 0, 3 do
      local digit = bits >> (18 - 6 * step) & 63
      out[#out + 1] = (step == 2 and not b or step == 3 and not c) and "=" or BASE64:sub(digit + 1, digit + 1)
    end
  end
  return table.concat(out)
end

--- GET projects/P/instances/I, with ?taskstatus, ?result or ?source.
function instances.show(call, id)
  local found = instances.find(call, id)
  local state = found.problem and "Failed" or "Success"
  local headers = { ["x-odps-owner"] = call.project.owner, ["x-odps-start-time"] = answers.date(found.started),
    ["x-odps-end-time"] = answers.date(found.started) }
  local task = ("<Task Type=\"SQL\"><Name>%s</Name>"):format(found.name)
  if call.query.source then return answers.reply(200, found.job, headers) end
  if call.query.result then
    local text = found.problem or sql.csv(found.result)
    local format = '<Tasks>%s<Result Transform="Base64" Format="%s">%s</Result><Status>%s</Status></Task></Tasks>'
    return answers.object("Instance", format:format(task, found.problem and "text" or "csv",
      answers.cdata(base64(text)), state), headers)
  end
  local tasks = call.query.taskstatus and ("<Tasks>%s<Status>%s</Status></Task></Tasks>"):format(task, state) or ""
  return answers.object("Instance", "<Status>Terminated</Status>" .. tasks, headers)
end

return instances
