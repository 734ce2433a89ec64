-- SPDX-License-Identifier: MIT
-- Which host: published rules, overrides in their order, https except on this machine.
local endpoints = require "cloud.endpoints"
local env = require "env"
local fs = require "fs"
local test = require "spec"

local function host(product, region, network)
  return endpoints.resolve({ product = product, region = region, network = network }).host
end

local function with_environment(values, fn)
  local real = env.get
  local _ <close> = setmetatable({}, { __close = function()
    env.get = real
  end })
  env.get = function(name)
    if name:find "ENDPOINT" or name == "XDG_CONFIG_HOME" then
      return values[name]
    end
    return real(name)
  end
  fn()
end

test("central, regional and exceptional hosts", function()
  with_environment({ XDG_CONFIG_HOME = "/nonexistent" }, function()
    test.equal(host("vpcpeer", "eu-central-1"), "vpcpeer.aliyuncs.com")
    test.equal(host("vpc", "eu-central-1"), "vpc.eu-central-1.aliyuncs.com")
    test.equal(host("vpc", "cn-hangzhou-finance"), "vpc.aliyuncs.com")
    test.equal(host("ecs", "cn-shenzhen-finance-1"), "ecs-cn-hangzhou.aliyuncs.com")
    test.equal(host("sts", nil), "sts.aliyuncs.com")
    test.equal(host("sts", "ap-southeast-1"), "sts.ap-southeast-1.aliyuncs.com")
    test.equal(host("maxcompute", "me-east-1"), "maxcompute.aliyuncs.com")
    test.equal(host("nis", "eu-central-1"), "nis-intl.aliyuncs.com")
    test.equal(host("nis", "cn-shanghai"), "nis.aliyuncs.com")
    test.equal(host("newproduct", "eu-west-1"), "newproduct.eu-west-1.aliyuncs.com")
  end)
end)

test("VPC-internal hosts; none is invented where none is published", function()
  with_environment({ XDG_CONFIG_HOME = "/nonexistent" }, function()
    test.equal(host("vpc", "eu-central-1", "vpc"), "vpc-vpc.eu-central-1.aliyuncs.com")
    test.equal(host("pvtz", "eu-central-1", "vpc"), "pvtz.vpc-proxy.aliyuncs.com")
    test.equal(host("cbn", nil, "vpc"), "cen.vpc-proxy.aliyuncs.com")
    test.raises(function()
      host("vpcpeer", "eu-central-1", "vpc")
    end, { kind = "usage", code = "NoInternalEndpoint" })
    test.raises(function()
      host("vpc", "eu-central-1", "dmz")
    end, { code = "InvalidNetwork" })
  end)
end)

test("a regional product needs a region, and a region is a word", function()
  with_environment({ XDG_CONFIG_HOME = "/nonexistent" }, function()
    test.raises(function()
      host("vpc", nil)
    end, { kind = "usage", code = "MissingRegion", match = "ALIBABA_CLOUD_REGION_ID" })
    test.raises(function()
      host("vpc", "evil.example.com/#")
    end, { kind = "usage", code = "InvalidRegion" })
  end)
end)

test("overrides: argument, variable of the product, variable of all products, file", function()
  local folder = fs.temp_dir()
  fs.mkdir(folder .. "/peerway", 448)
  fs.write_atomic(folder .. "/peerway/endpoints.json",
    '{"vpc": "file.example.com", "ecs": {"eu-central-1": "e.example.com", "*": "any.example.com"}}', 384)
  local values = { XDG_CONFIG_HOME = folder }
  with_environment(values, function()
    local function where(product)
      return endpoints.resolve { product = product, region = "eu-central-1" }
    end
    test.equal(where("vpc").host, "file.example.com")
    test.equal(where("ecs").host, "e.example.com")
    test.equal(endpoints.resolve({ product = "ecs", region = "us-west-1" }).host, "any.example.com")
    test.equal(where("sts").host, "sts.eu-central-1.aliyuncs.com")
    values.PEERWAY_ENDPOINT = "http://127.0.0.1:8080"
    test.equal({ where("vpc").scheme, where("vpc").host, where("vpc").port }, { "http", "127.0.0.1", 8080 })
    values.ALIBABA_CLOUD_ENDPOINT_VPC = "https://one.example.com:8443/"
    test.equal({ where("vpc").scheme, where("vpc").host, where("vpc").port }, { "https", "one.example.com", 8443 })
    test.equal(where("ecs").host, "127.0.0.1")
    local given = endpoints.resolve { product = "vpc", region = "r", endpoint = "[::1]:99" }
    test.equal({ given.scheme, given.host, given.port }, { "http", "[::1]", 99 })
  end)
  fs.remove(folder .. "/peerway/endpoints.json")
end)

test("plain http leaves this machine never", function()
  for _, text in ipairs { "http://vpc.aliyuncs.com", "http://127.0.0.1.example.com", "http://10.0.0.1:80",
    "ftp://127.0.0.1", "https://user@host", "https://host/path", "a b", "", "https://host:99999", "-x" } do
    test.raises(function()
      endpoints.parse(text, "test")
    end, { kind = "usage", code = "InvalidEndpoint", match = "from test" })
  end
  test.equal(endpoints.parse("http://localhost:1", "t").scheme, "http")
  test.equal(endpoints.parse("127.0.0.1:1", "t").scheme, "http")
  test.equal(endpoints.parse("vpc.example.com", "t").scheme, "https")
  test.equal(endpoints.parse("HTTPS://vpc.example.com", "t").scheme, "https")
end)
