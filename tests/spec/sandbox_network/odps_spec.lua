-- SPDX-License-Identifier: MIT
-- The emulated MaxCompute service: shape of its answers, Tunnel streams, whitelists. No network.
local json = require "json"
local test = require "spec"
local maxcompute_service = require "sandbox.maxcompute_service"
local records = require "sandbox.odps.records"
local sql = require "sandbox.odps.sql"
local whitelist = require "sandbox.odps.whitelist"

local HOST <const> = "service.ap-southeast-1-vpc.maxcompute.aliyun-inc.com"

local function new_service(project)
  return maxcompute_service.new {
    verify = function(request)
      if request.headers.authorization == "ODPS good:signature" then return { account_uid = "1" } end
      return nil, { code = "ODPS-0410042", message = "Invalid signature value", http_status = 401 }
    end,
    project = function(name) return name == project.name and project or nil end,
  }
end

local function demo()
  return { name = "demo", owner = "ALIYUN$sandbox", region = "ap-southeast-1", tables = { { name = "lines",
    columns = { { name = "id", type = "bigint" }, { name = "text", type = "string" } },
    rows = { { 1, "one" }, { -2, "two & <three>" } } } } }
end

local function ask(service, method, target, options)
  options = options or {}
  return service:handle({ method = method, scheme = "https", host = options.host or HOST, target = target,
    path = target:match("^[^?]*"), query = target:match("%?(.*)$") or "", body = options.body or "",
    headers = { authorization = options.sign ~= false and "ODPS good:signature" or nil },
    peer = { address = options.from or "10.20.1.10", port = 4000 } },
    { kind = options.kind or "maxcompute", region = "ap-southeast-1", vpc = "vpc-s" })
end

test("an unknown location is told in the form by which probes recognize MaxCompute", function()
  local reply = ask(new_service(demo()), "GET", "/api", { sign = false })
  test.equal(reply.status, 404)
  test.match(reply.body, "<Code>NoSuchObject</Code>")
  test.match(reply.body, "<Message><!%[CDATA%[Unknown http request location: /%]%]></Message>")
  test.match(reply.body, "<RequestId>%x+</RequestId>")
  test.match(reply.body, "<HostId>http://service%.ap%-southeast%-1%-vpc")
  test.equal(reply.headers["x-odps-request-id"], reply.body:match("<RequestId>(%x+)<"))
end)

test("a request without signature and one with a wrong signature are refused apart", function()
  local service = new_service(demo())
  local bare = ask(service, "GET", "/api/projects/demo", { sign = false })
  test.equal(bare.status, 401)
  test.match(bare.body, "<Code>AuthorizationRequired</Code>")
  service.verify = function() return nil, { code = "ODPS-0410042", message = "bad", http_status = 401 } end
  test.match(ask(service, "GET", "/api/projects/demo").body, "<Code>ODPS%-0410042</Code>")
end)

test("the Tunnel host is named bare, in the family of the name that was asked", function()
  local service = new_service(demo())
  for _, path in ipairs { "/api/projects/demo/tunnel?service", "/projects/demo/tunnel?service" } do
    local reply = ask(service, "GET", path)
    test.equal(reply.status, 200)
    test.equal(reply.body, "dt.ap-southeast-1-vpc.maxcompute.aliyun-inc.com")
  end
  test.equal(ask(service, "GET", "/api/projects/demo/tunnel?service&quotaName=q").body,
    "dt-exclusive.ap-southeast-1-vpc.maxcompute.aliyun-inc.com")
end)

test("projects and tables are shown, an absent one is NoSuchObject", function()
  local service = new_service(demo())
  test.match(ask(service, "GET", "/api/projects/demo").body, "<Name>demo</Name>.*<Region>ap%-southeast%-1</Region>")
  test.match(ask(service, "GET", "/api/projects/demo/tables?expectmarker=true").body, "<Name>lines</Name>")
  local gone = ask(service, "GET", "/api/projects/other")
  test.equal(gone.status, 404)
  test.match(gone.body, "<Code>NoSuchObject</Code>")
end)

test("a posted SELECT has a location, a state and a result", function()
  local service = new_service(demo())
  local body = "<Instance><Job><Tasks><SQL><Name>AnonymousSQLTask</Name><Query><![CDATA[select 1, 'a' as b;]]></Query>"
    .. "</SQL></Tasks></Job></Instance>"
  local made = ask(service, "POST", "/api/projects/demo/instances", { body = body })
  test.equal(made.status, 201)
  local path = made.headers.Location:match("^https://[^/]+(/.*)$")
  test.match(ask(service, "GET", path).body, "<Status>Terminated</Status>")
  test.match(ask(service, "GET", path .. "?taskstatus").body, "<Status>Success</Status>")
  -- "_c0","b"\n"1","a"\n in Base64
  test.match(ask(service, "GET", path .. "?result").body, "Il9jMCIsImIiCiIxIiwiYSIK")
  test.match(ask(service, "GET", path .. "?source").body, "^<Job>.*select 1")
end)

test("SQL that is not emulated fails with the service's error and never invents rows", function()
  local result, problem = sql.run(demo(), "drop table lines")
  test.equal(result, nil)
  test.match(problem, "^ODPS%-0130161")
  test.match(select(2, sql.run(demo(), "select * from nothing")), "^ODPS%-0130131")
  test.equal(sql.run(demo(), "SELECT COUNT(*) FROM demo.lines;").rows, { { 2 } })
  test.equal(#sql.run(demo(), "select * from lines limit 1").rows, 1)
end)

test("CRC-32C agrees with the check value of its catalogue", function()
  test.equal(records.crc32c("123456789"), 0xE3069283)
  test.equal(records.crc32c("6789", records.crc32c("12345")), 0xE3069283)
end)

-- Reads what records.encode wrote, independently of it, as the clients do.
local function read_stream(data)
  local at, rows, row, crc, sum = 1, {}, {}, 0, 0
  local function varint()
    local value, shift = 0, 0
    while true do
      local byte = data:byte(at)
      at, value = at + 1, value | (byte & 0x7F) << shift
      if byte < 0x80 then return value end
      shift = shift + 7
    end
  end
  while at <= #data do
    local key = varint()
    local field, wire = key >> 3, key & 7
    if field == 33553408 then
      test.equal(varint(), crc)
      sum, crc = records.crc32c(("<I4"):pack(crc), sum), 0
      rows[#rows + 1], row = row, {}
    elseif field == 33554430 then
      test.equal(varint() >> 1, #rows)
    elseif field == 33554431 then
      test.equal(varint(), sum)
      return rows
    elseif wire == 0 then
      local raw = varint()
      row[field] = raw >> 1 ~ -(raw & 1)
      crc = records.crc32c(("<i4i8"):pack(field, row[field]), crc)
    else
      local size = varint()
      row[field] = data:sub(at, at + size - 1)
      at = at + size
      crc = records.crc32c(("<i4"):pack(field) .. row[field], crc)
    end
  end
  error("the stream has no end mark")
end

test("a Tunnel download gives the rows in the stream that clients check", function()
  local service = new_service(demo())
  local options = { kind = "tunnel", host = "dt.ap-southeast-1-vpc.maxcompute.aliyun-inc.com" }
  local opened = ask(service, "POST", "/projects/demo/tables/lines?downloads=&asyncmode=true", options)
  test.equal(opened.status, 201)
  local session = json.decode(opened.body)
  test.equal(session.RecordCount, 2)
  test.equal(session.Schema.columns[2].name, "text")
  local target = "/projects/demo/tables/lines?data&downloadid=" .. session.DownloadID .. "&rowrange=(0,2)"
  test.equal(read_stream(ask(service, "GET", target, options).body), { { 1, "one" }, { -2, "two & <three>" } })
  test.equal(ask(service, "GET", "/projects/demo/tables/lines?downloadid=none", options).status, 404)
end)

test("whitelists: none admits all, setting only one kind prohibits the other", function()
  local function admits(lists, vpc, address) return whitelist.admits(lists, "r-1", vpc, address) end
  test.truthy(admits({}, "vpc-a", "10.0.0.1"))
  test.falsy(admits({ ip = "1.2.3.4" }, "vpc-a", "1.2.3.4"))
  test.falsy(admits({ vpc = "r-1_vpc-a" }, nil, "10.0.0.1"))
  test.truthy(admits({ vpc = "r-1_vpc-b,r-1_vpc-a" }, "vpc-a", "10.0.0.1"))
  test.falsy(admits({ vpc = "r-2_vpc-a" }, "vpc-a", "10.0.0.1"))
  test.truthy(admits({ vpc = "r-1_vpc-b[1.1.1.1],r-1_vpc-a[10.0.0.0/24,10.9.0.1-10.9.0.9]" }, "vpc-a", "10.9.0.5"))
  test.falsy(admits({ vpc = "r-1_vpc-a[10.0.0.0/24]" }, "vpc-a", "10.0.1.1"))
end)

test("a whitelist refuses signed calls and leaves the unauthenticated probe alone", function()
  local project = demo()
  project.whitelist = { vpc = "ap-southeast-1_vpc-s[10.20.2.0/24]" }
  local service = new_service(project)
  local refused = ask(service, "GET", "/api/projects/demo")
  test.equal(refused.status, 403)
  test.match(refused.body, "sourceIP:'10%.20%.1%.10' is not in white list")
  test.equal(ask(service, "GET", "/api/projects/demo", { from = "10.20.2.7" }).status, 200)
  test.equal(ask(service, "GET", "/api", { sign = false }).status, 404)
end)
