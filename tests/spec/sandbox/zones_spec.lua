-- SPDX-License-Identifier: MIT
-- Private zones, the MaxCompute management API, and finding resources by tag.

local driver = dofile((debug.getinfo(1, "S").source:sub(2):gsub("[^/]+$", "driver.lua")))
local http = require "http"
local json = require "json"
local test = require "spec"

local Z <const> = "pvtz"

local function zone(cloud, name)
  return cloud:call(Z, "AddZone", { ZoneName = name or "dt.example.com" }).ZoneId
end

test("a zone: records, binding as a whole list, unbinding, deletion", function()
  local cloud <close> = driver.new {}
  local id = zone(cloud)
  test.match(id, "^%x+$")
  test.equal(#id, 32)
  local record = cloud:call(Z, "AddZoneRecord", { ZoneId = id, Rr = "@", Type = "A", Value = "10.10.1.7", Ttl = 5 })
  test.equal(math.type(record.RecordId), "integer")
  cloud:call(Z, "BindZoneVpc", { ZoneId = id, Vpcs = { { VpcId = "vpc-gw8example", RegionId = "eu-central-1" },
    { VpcId = "vpc-t4nexample", RegionId = "ap-southeast-1" } } })
  cloud:call(Z, "BindZoneVpc", { ZoneId = id, Vpcs = { { VpcId = "vpc-gw8example", RegionId = "eu-central-1" } } })
  cloud:call(Z, "SetProxyPattern", { ZoneId = id, ProxyPattern = "RECORD" })
  local info = cloud:call(Z, "DescribeZoneInfo", { ZoneId = id })
  test.equal({ info.ProxyPattern, info.RecordCount, #info.BindVpcs.Vpc, info.BindVpcs.Vpc[1].VpcId },
    { "RECORD", 1, 1, "vpc-gw8example" })
  local model = require("sandbox.model").build(cloud.box:state())
  test.equal(model.zones[id], { name = "dt.example.com", vpcs = { "vpc-gw8example" }, proxy_pattern = "RECORD",
    records = { { rr = "@", type = "A", value = "10.10.1.7", ttl = 5 } } })
  cloud:call(Z, "SetZoneRecordStatus", { RecordId = record.RecordId, Status = "DISABLE" })
  test.equal(#require("sandbox.model").build(cloud.box:state()).zones[id].records, 0)
  cloud:call(Z, "UpdateZoneRecord", { RecordId = record.RecordId, Rr = "www", Type = "A", Value = "10.10.1.8" })
  test.equal(cloud:call(Z, "DescribeZoneRecords", { ZoneId = id }).Records.Record[1].Rr, "www")
  test.equal(cloud:refused(Z, "DeleteZone", { ZoneId = id }), "Zone.VpcExists")
  cloud:call(Z, "BindZoneVpc", { ZoneId = id })
  cloud:call(Z, "DeleteZone", { ZoneId = id })
  test.equal(cloud:refused(Z, "DescribeZoneInfo", { ZoneId = id }), "Zone.NotExists")
  test.equal(cloud:call(Z, "DescribeZones").TotalItems, 0)
end)

test("what private zones refuse", function()
  local cloud <close> = driver.new { rates = { pvtz = { calls = 1000, seconds = 1 } } }
  local id = zone(cloud)
  cloud:call(Z, "AddZoneRecord", { ZoneId = id, Rr = "www", Type = "A", Value = "10.0.0.1" })
  local vpc = { { VpcId = "vpc-gw8example", RegionId = "eu-central-1" } }
  local function record(more)
    local params = { ZoneId = id, Rr = "api", Type = "A", Value = "10.0.0.1" }
    for key, value in pairs(more) do params[key] = value end
    return params
  end
  cloud:expect_refusals {
    { Z, "AddZone", {}, "MissingParameter" },
    { Z, "AddZone", { ZoneName = "-bad-.example" }, "Zone.Invalid.Name" },
    { Z, "AddZoneRecord", record { ZoneId = "none" }, "Zone.NotExists" },
    { Z, "AddZoneRecord", record { Value = "10.0.0.300" }, "Record.Invalid.Value" },
    { Z, "AddZoneRecord", record { Rr = "a b" }, "Record.Invalid.Rr" },
    { Z, "AddZoneRecord", record { Type = "ANY" }, "InvalidParameter" },
    { Z, "AddZoneRecord", record { Ttl = 7 }, "InvalidParameter" },
    { Z, "AddZoneRecord", record { Rr = "www" }, "Record.Exists" },
    { Z, "AddZoneRecord", record { Rr = "www", Type = "CNAME", Value = "x.example.com" }, "Record.Conflict" },
    { Z, "AddZoneRecord", record { Type = "MX", Value = "mail.example.com" }, "MissingParameter" },
    { Z, "DeleteZoneRecord", { RecordId = 1 }, "Record.Invalid.Id" },
    { Z, "BindZoneVpc", { ZoneId = id, Vpcs = { { VpcId = "vpc-x", RegionId = "eu-central-1" } } },
      "ZoneVpc.NotExists.VpcId" },
    { Z, "BindZoneVpc", { ZoneId = id, Vpcs = { { VpcId = "vpc-gw8example", RegionId = "us-west-1" } } },
      "ZoneVpc.NotExists.VpcId" },
  }
  cloud:call(Z, "BindZoneVpc", { ZoneId = id, Vpcs = vpc })
  test.equal(cloud:call(Z, "DescribeZones", { QueryVpcId = "vpc-gw8example" }).TotalItems, 1)
  test.equal(cloud:call(Z, "CheckZoneName", { ZoneName = "a..b" }).Check, false)
end)

local function management(method, path, body, host)
  local response = http.request { method = method,
    url = ("https://%s%s"):format(host or "maxcompute.ap-southeast-1.aliyuncs.com",
    path), headers = { ["x-acs-version"] = "2022-01-04", ["x-acs-action"] = "Any", ["content-type"] = body
      and "application/json" },
    body = body }
  return json.decode(response.body), response.status
end

test("the MaxCompute management API is ROA: path and method decide", function()
  local cloud <close> = driver.new {}
  local answer, status = management("GET", "/api/v1/projects/analytics_demo")
  test.equal({ status, answer.data.name, answer.data.regionId, answer.data.ipWhiteList }, { 200, "analytics_demo",
    "ap-southeast-1", { ipList = "", vpcIpList = "" } })
  test.truthy(answer.requestId)
  local list = "ap-southeast-1_vpc-t4nexample[10.20.0.0/16]"
  management("PUT", "/api/v1/projects/analytics_demo/ipWhiteList", json.encode { vpcIpList = list })
  answer = management("GET", "/api/v1/projects/analytics_demo")
  test.equal(answer.data.ipWhiteList.vpcIpList, list)
  answer = management("GET", "/api/v1/projects?maxItem=1")
  test.equal({ #answer.data.projects, answer.data.marker }, { 1, "" })
  answer, status = management("GET", "/api/v1/projects/none")
  test.equal({ answer.Code, status }, { "OBJECT_NOT_EXIST", 404 })
  answer, status = management("DELETE", "/api/v1/projects/analytics_demo")
  test.equal({ answer.Code, status }, { "InvalidApi.NotFound", 404 })
  answer = management("PUT", "/api/v1/projects/analytics_demo/ipWhiteList", json.encode { ipList = "x" })
  test.equal(answer.Code, "InvalidParameter")
  answer = management("PUT", "/api/v1/projects/analytics_demo/ipWhiteList", json.encode { ipList = 7 })
  test.equal(answer.Code, "InvalidParameter")
  answer = management("PUT", "/api/v1/projects/analytics_demo/ipWhiteList")
  test.equal(answer.Code, "MissingParameter")
  answer = management("GET", "/api/v1/projects/analytics_demo", nil, "maxcompute.eu-central-1.aliyuncs.com")
  test.equal(answer.Code, "OBJECT_NOT_EXIST")
  cloud.box:calls()
end)

test("resources are found by tag over products", function()
  local cloud <close> = driver.new {}
  local tags = { { Key = "owner", Value = "spec" } }
  local vpc = cloud:call("Vpc", "CreateVpc", { RegionId = "eu-central-1", Tag = tags }).VpcId
  local peer = cloud:call("VpcPeer", "CreateVpcPeerConnection", { RegionId = "eu-central-1", VpcId = "vpc-gw8example",
    AcceptingAliUid = 1234567890123456, AcceptingRegionId = "ap-southeast-1", AcceptingVpcId = "vpc-t4nexample",
      Tag = tags })
    .InstanceId
  local found = cloud:call("Tag", "ListTagResources",
    { RegionId = "eu-central-1", Tags = json.encode { owner = "spec" } })
  local arns = {}
  for i, row in ipairs(found.TagResources) do arns[i] = row.ResourceARN end
  test.equal(arns, { "acs:vpc:eu-central-1:1234567890123456:vpc/" .. vpc,
    "acs:vpc:eu-central-1:1234567890123456:peerconnection/" .. peer })
  local by_type = cloud:call("Tag", "ListResourcesByTag",
    { RegionId = "eu-central-1", ResourceType = "ALIYUN::VPC::VPC",
    ["TagFilter.Key"] = "owner" })
  test.equal(by_type.Resources[1].ResourceId, vpc)
  test.equal(cloud:refused("Tag", "ListTagResources", { RegionId = "eu-central-1", Tags = "owner" }),
    "InvalidParameter.Tags")
  local base = { RegionId = "eu-central-1", ResourceType = "VPC", ResourceId = { vpc } }
  test.equal(cloud:call("Vpc", "ListTagResources", base).TagResources.TagResource[1].TagValue, "spec")
end)
