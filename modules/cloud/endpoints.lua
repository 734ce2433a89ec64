-- SPDX-License-Identifier: MIT
-- Which host serves a product in a region. Order: argument, ALIBABA_CLOUD_ENDPOINT_<PRODUCT>,
-- PEERWAY_ENDPOINT (all products), the endpoints file, published exceptions, the product's pattern.
local env = require "env"
local errors = require "errors"
local fs = require "fs"
local json = require "json"

local endpoints = {}

-- R is the region. "host": one host for all regions; "pattern": one per region; "internal": inside a VPC.
-- International regions of two-host products use the second host.
local rules <const> = {
  vpcpeer = { host = "vpcpeer.aliyuncs.com" },
  vpc = {
    pattern = "vpc.R.aliyuncs.com", internal = "vpc-vpc.R.aliyuncs.com",
    exceptions = { ["cn-hangzhou-finance"] = "vpc.aliyuncs.com", ["cn-north-2-gov-1"] = "vpc.aliyuncs.com" },
  },
  privatelink = { pattern = "privatelink.R.aliyuncs.com", internal = "privatelink-vpc.R.aliyuncs.com" },
  ecs = {
    pattern = "ecs.R.aliyuncs.com", internal = "ecs-vpc.R.aliyuncs.com",
    exceptions = {
      ["cn-hangzhou-finance"] = "ecs.aliyuncs.com", ["cn-north-2-gov-1"] = "ecs.aliyuncs.com",
      ["cn-shenzhen-finance-1"] = "ecs-cn-hangzhou.aliyuncs.com",
    },
  },
  sts = {
    host = "sts.aliyuncs.com", pattern = "sts.R.aliyuncs.com", internal = "sts-vpc.R.aliyuncs.com",
    exceptions = { ["cn-hangzhou-finance"] = "sts.aliyuncs.com", ["cn-shenzhen-finance-1"] = "sts.aliyuncs.com" },
  },
  pvtz = { host = "pvtz.aliyuncs.com", internal = "pvtz.vpc-proxy.aliyuncs.com" },
  maxcompute = {
    pattern = "maxcompute.R.aliyuncs.com", internal = "maxcompute-vpc.R.aliyuncs.com",
    exceptions = { ["me-east-1"] = "maxcompute.aliyuncs.com" },
  },
  tag = {
    pattern = "tag.R.aliyuncs.com", internal = "tag-vpc.R.aliyuncs.com",
    exceptions = { ["cn-hangzhou-finance"] = "tag.aliyuncs.com" },
  },
  cbn = { host = "cbn.aliyuncs.com", internal = "cen.vpc-proxy.aliyuncs.com" },
  nis = {
    host = "nis.aliyuncs.com", abroad = "nis-intl.aliyuncs.com",
    internal = "nis.vpc-proxy.aliyuncs.com", internal_abroad = "nis-intl.vpc-proxy.aliyuncs.com",
  },
  resourcecenter = {
    host = "resourcecenter.aliyuncs.com", abroad = "resourcecenter-intl.aliyuncs.com",
    internal = "resourcecenter.vpc-proxy.aliyuncs.com",
    internal_abroad = "resourcecenter-intl.vpc-proxy.aliyuncs.com",
  },
  quotas = { host = "quotas.aliyuncs.com", internal = "quotas-vpc.R.aliyuncs.com" },
  cdt = { host = "cdt.aliyuncs.com" },
  location = { host = "location-readonly.aliyuncs.com" },
}

local function is_loopback(host)
  return host == "localhost" or host == "[::1]" or host:match "^127%.%d+%.%d+%.%d+$" ~= nil
end

local function refuse(text, source, why)
  errors.raise {
    kind = "usage", code = "InvalidEndpoint", message = ("endpoint '%s' (from %s) %s"):format(text, source, why),
    hint = "write host, host:port or https://host[:port]; http:// only for 127.0.0.1 and the like",
  }
end

--- Splits an endpoint that a person wrote: "host", "host:port", "https://host[:port]". Plain http is refused
--- except for this machine, where a bare 127.0.0.1:port means http.
---@param text string
---@param source string where it stands, for messages
---@return { scheme: string, host: string, port: integer?, source: string }
function endpoints.parse(text, source)
  local scheme, rest = text:match "^(%a[%a%d+.-]*)://(.*)$"
  rest = (rest or text):gsub("/+$", "")
  local host, port = rest:match "^(%[[%x:.]+%])$", nil
  if not host then
    host, port = rest:match "^(%[[%x:.]+%]):(%d+)$"
  end
  if not host then
    host, port = rest:match "^([%w.-]+):(%d+)$"
  end
  host = host or rest:match "^([%w.-]+)$"
  if not host or host:find "^[.-]" then
    refuse(text, source, "is not a host")
  end
  scheme = scheme and scheme:lower() or (is_loopback(host) and "http" or "https")
  if scheme ~= "https" and scheme ~= "http" then
    refuse(text, source, "has a scheme other than https")
  elseif scheme == "http" and not is_loopback(host) then
    refuse(text, source, "would send signed requests over plain http")
  end
  port = port and math.tointeger(tonumber(port))
  if port and (port < 1 or port > 65535) then
    refuse(text, source, "has no valid port")
  end
  return { scheme = scheme, host = host, port = port, source = source }
end

local function file_path()
  local named = env.get "PEERWAY_ENDPOINTS_FILE"
  if named and named ~= "" then
    return named, true
  end
  local home = env.get "XDG_CONFIG_HOME"
  if not home or home == "" then
    local user = env.get "HOME"
    home = user and user .. "/.config"
  end
  return home and home .. "/peerway/endpoints.json", false
end

-- The endpoints file: {"vpc": "host", "ecs": {"eu-central-1": "host", "*": "host"}}; read anew per client.
local function from_file(product, region)
  local name, wanted = file_path()
  if not name or (not wanted and not fs.stat(name)) then
    return nil
  end
  local content = json.decode(fs.read(name))
  local entry = content[product]
  local host = type(entry) == "table" and (entry[region or ""] or entry["*"]) or entry
  if host == nil or type(entry) == "table" and host == entry then
    return nil
  elseif type(host) ~= "string" then
    errors.raise { kind = "input", code = "InvalidEndpointsFile",
      message = ("%s: the entry '%s' is neither a host nor a table of regions"):format(name, product),
      hint = '{"vpc": "host", "ecs": {"eu-central-1": "host", "*": "host"}}' }
  end
  return endpoints.parse(host, name)
end

local function from_environment(name)
  local text = env.get(name)
  if text and text ~= "" then
    return endpoints.parse(text, "environment variable " .. name)
  end
  return nil
end

local function need_region(product)
  errors.raise {
    kind = "usage", code = "MissingRegion", product = product,
    message = ("%s is served per region, and no region is known"):format(product),
    hint = "pass region=, --region, or set ALIBABA_CLOUD_REGION_ID",
  }
end

local function fill(product, pattern, region)
  if pattern:find("R", 1, true) and not region then
    need_region(product)
  end
  return (pattern:gsub("R", region or ""))
end

local function mainland(region)
  return region ~= nil and region:find "^cn%-" ~= nil and region ~= "cn-hongkong"
end

local function internal_host(product, rule, region)
  local pattern = rule.internal
  if rule.internal_abroad and not mainland(region) then
    pattern = rule.internal_abroad
  end
  if not pattern then
    errors.raise {
      kind = "usage", code = "NoInternalEndpoint", product = product,
      message = ("no VPC-internal host is published for %s"):format(product),
      hint = ("leave network out for %s, or name the host with ALIBABA_CLOUD_ENDPOINT_%s"):format(
        product, product:upper()),
    }
  end
  return fill(product, pattern, region)
end

local function published_host(product, region, network)
  local rule = rules[product]
  if not rule then
    return region and ("%s.%s.aliyuncs.com"):format(product, region) or product .. ".aliyuncs.com"
  elseif network == "vpc" then
    return internal_host(product, rule, region)
  elseif rule.exceptions and rule.exceptions[region] then
    return rule.exceptions[region]
  elseif rule.abroad and not mainland(region) then
    return rule.abroad
  elseif rule.pattern and (region or not rule.host) then
    return fill(product, rule.pattern, region)
  end
  return rule.host
end

--- The endpoint of a product.
---@param options { product: string, region: string?, network: string?, endpoint: string? } network: "public" or "vpc"
---@return { scheme: string, host: string, port: integer?, source: string }
function endpoints.resolve(options)
  local product, region, network = options.product, options.region, options.network or "public"
  if network ~= "public" and network ~= "vpc" then
    errors.raise { kind = "usage", code = "InvalidNetwork",
      message = ("network must be \"public\" or \"vpc\", not '%s'"):format(tostring(network)) }
  end
  if region and not region:match "^[%w-]+$" then
    errors.raise { kind = "usage", code = "InvalidRegion", message = ("'%s' is no region id"):format(region),
      hint = "region ids look like eu-central-1" }
  end
  if options.endpoint then
    return endpoints.parse(options.endpoint, "argument endpoint")
  end
  local replaced = not options.published_endpoints
    and (from_environment("ALIBABA_CLOUD_ENDPOINT_" .. product:upper():gsub("%-", "_"))
      or from_environment "PEERWAY_ENDPOINT" or from_file(product, region))
  return replaced
    or { scheme = "https", host = published_host(product, region, network), source = "published rule" }
end

--- Whether an endpoint is on this machine (where plain http is allowed).
---@param endpoint { host: string }
---@return boolean
function endpoints.is_local(endpoint)
  return is_loopback(endpoint.host)
end

return endpoints
