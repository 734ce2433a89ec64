-- SPDX-License-Identifier: MIT
-- Test driver of the sandbox specs: calls the emulated cloud in a plain wire form, with a verifier
-- that takes the key named in the request (signatures have a spec of their own).

local fs = require "fs"
local http = require "http"
local json = require "json"
local sandbox = require "sandbox"

local driver = {}
driver.__index = driver

local VERSIONS <const> = { Vpc = "2016-04-28", VpcPeer = "2022-01-01", Privatelink = "2020-04-15", Ecs = "2014-05-26",
  Sts = "2015-04-01", pvtz = "2018-01-01", CDT = "2021-08-13", Tag = "2018-08-28", quotas = "2020-05-10",
  Location = "2015-06-12", MaxCompute = "2022-01-04" }

local function escape(text)
  return (tostring(text):gsub("[^%w%-%._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function flatten(value, name, out)
  if type(value) ~= "table" then
    out[#out + 1] = escape(name) .. "=" .. escape(value)
  elseif #value > 0 then
    for i, item in ipairs(value) do flatten(item, name .. "." .. i, out) end
  else
    for key, item in pairs(value) do flatten(item, name == "" and key or name .. "." .. key, out) end
  end
end

-- A sandbox with the wire in front of it. Times are zero unless given: every step is ready at the next look.
function driver.new(options)
  options = options or {}
  options.time_scale = options.time_scale or 0
  options.data_plane = options.data_plane or "none"
  options.seed = options.seed or 7
  options.verify = options.verify or function(request)
    return { access_key_id = request.headers["x-test-key"] or "LTAIsandboxdefault" }
  end
  local box = sandbox.new(options)
  return setmetatable({ box = box, door = box:mount() }, driver)
end

---One call; returns the decoded answer and the http response.
function driver:raw(product, action, params, options)
  options = options or {}
  local parts = {}
  flatten(params or {}, "", parts)
  local response = http.request {
    method = options.method or "POST",
    url = ("https://%s/%s"):format(options.host or self:host(product, params), options.path or ""),
    headers = {
      ["x-acs-action"] = action, ["x-acs-version"] = options.version or VERSIONS[product], ["x-test-key"] = options.key,
      ["content-type"] = "application/x-www-form-urlencoded", accept = "application/json",
    },
    body = table.concat(parts, "&"),
  }
  return json.decode(response.body), response
end

function driver:host(product, params)
  if product == "Privatelink" then
    return ("privatelink.%s.aliyuncs.com"):format(params and params.RegionId or "cn-hangzhou")
  end
  if product == "VpcPeer" then return "vpcpeer.aliyuncs.com" end
  return product:lower() .. ".aliyuncs.com"
end

-- What the answer has that the published shape has not, or with another type; nil when it fits.
local function misfit(value, shape, path)
  if type(shape) == "string" then
    local number = math.type(value)
    local fits = { string = type(value) == "string", bool = type(value) == "boolean", object = type(value) == "table",
      int32 = number == "integer" and value >= -0x80000000 and value <= 0x7fffffff, int64 = number == "integer",
      float = number ~= nil }
    if not fits[shape] then return ("%s is %s, not %s"):format(path, tostring(value), shape) end
  elseif json.is_array(shape) then
    if not json.is_array(value) then return path .. " is no list" end
    for i, item in ipairs(value) do
      local problem = misfit(item, shape[1], ("%s[%d]"):format(path, i))
      if problem then return problem end
    end
  else
    if type(value) ~= "table" or json.is_array(value) then return path .. " is no object" end
    for name, field in pairs(value) do
      if shape[name] == nil then return ("%s.%s is not published"):format(path, name) end
      local problem = misfit(field, shape[name], path .. "." .. name)
      if problem then return problem end
    end
  end
end

local shapes

-- Holds an answer against the published shape of the operation.
local function check_shape(product, action, answer)
  if not shapes then
    local folder = debug.getinfo(1, "S").source:sub(2):gsub("spec/sandbox/[^/]+$", "")
    shapes = json.decode(fs.read(folder .. "data/response_shapes.json"))
  end
  local shape = shapes[product .. "." .. action]
  local problem = shape and misfit(answer, shape, product .. "." .. action)
  if problem then error("the answer does not have the published shape: " .. problem, 0) end
end

---A call that has to succeed, with an answer of the published shape.
function driver:call(product, action, params, options)
  local answer, response = self:raw(product, action, params, options)
  if response.status == 200 then check_shape(product, action, answer) end
  if response.status ~= 200 then
    error(("%s.%s: %d %s %s"):format(product, action, response.status, answer.Code or "", answer.Message or ""), 2)
  end
  return answer
end

---A call that has to fail; returns code and status.
function driver:refused(product, action, params, options)
  local answer, response = self:raw(product, action, params, options)
  if response.status == 200 then error(("%s.%s succeeded"):format(product, action), 2) end
  return answer.Code, response.status, answer, response
end

-- Ends the sandbox; a defect in it, or a code that no document lists, fails the test.
function driver:close()
  self.box:close()
  if self.box.bugs[1] then error(self.box.bugs[1], 0) end
  for _, entry in ipairs(self.box:calls()) do
    if entry.unpublished then error(("%s.%s answered the unpublished code %s"):format(entry.product, entry.action,
      entry.outcome), 0) end
  end
end

-- Runs a table of refusals: { product, action, params, code, status?, options? }.
function driver:expect_refusals(rows)
  local test = require "spec"
  for i, row in ipairs(rows) do
    local answer, response = self:raw(row[1], row[2], row[3], row.options)
    local got = response.status == 200 and "ok" or answer.Code
    test.equal(got, row[4], ("row %d (%s.%s): %s"):format(i, row[1], row[2], tostring(answer.Message)))
    if row[5] then test.equal(response.status, row[5], ("row %d: status of %s"):format(i, row[4])) end
  end
end
driver.__close = driver.close

return driver
