-- SPDX-License-Identifier: MIT
-- peerway api PRODUCT ACTION Name=value...: one signed call, its answer as JSON on stdout.
local arguments = require "cloud.arguments"
local catalogue = require "cloud.catalogue"
local cloud = require "cloud"
local errors = require "errors"
local flags = require "commands.flags"
local json = require "json"
local path = require "cloud.path"

local function print_value(value, options)
  if type(value) == "table" then
    print(json.encode(value, options.json and {} or { indent = 2 }))
  elseif value == json.null or value == nil then
    print "null"
  else
    print(tostring(value))
  end
end

local function is_flat_list(value)
  if type(value) ~= "table" or not json.is_array(value) or value[1] == nil then
    return false
  end
  for _, item in ipairs(value) do
    if type(item) == "table" then
      return false
    end
  end
  return true
end

-- --query: plain values as they are, one per line, so that shells can use them; an empty list
-- prints []; --json keeps them JSON.
local function print_answer(answer, options)
  if not options.query then
    return print_value(answer, options)
  end
  local found = path.get(answer, options.query)
  if found == nil then
    errors.raise { kind = "cloud", code = "NothingFound", message = ("the answer has nothing at '%s'"):format(
      options.query), hint = "leave --query out to see the answer" }
  elseif options.json then
    print(json.encode(found))
  elseif is_flat_list(found) then
    for _, item in ipairs(found) do
      print(tostring(item))
    end
  else
    print_value(found, options)
  end
end

local function list_products()
  for _, code in ipairs(catalogue.products()) do
    local product = catalogue.product(code)
    print(("%-12s %s  %3d operations  %s"):format(code, product.version, #catalogue.actions(product), product.name))
  end
end

local function known_product(name)
  local code = catalogue.product_code(name)
  local product = catalogue.product(code)
  if not product then
    local near = catalogue.nearest_product(code)
    errors.raise { kind = "usage", code = "UnknownProduct", message = ("'%s' is no catalogued product"):format(name),
      hint = near and ("did you mean %s?"):format(near) or "peerway api --list shows them; others need --version" }
  end
  return product
end

local function list_actions(product)
  for _, action in ipairs(catalogue.actions(product)) do
    local operation = catalogue.operation(product.product, action)
    print(("%-46s %s"):format(action, operation.kind))
  end
end

local function limits_of(spec)
  local parts = {}
  local function range(low, high, unit)
    if low or high then
      parts[#parts + 1] = ("%s..%s%s"):format(low or "", high or "", unit)
    end
  end
  range(spec.min, spec.max, "")
  range(spec.min_length, spec.max_length, " characters")
  range(spec.min_items, spec.max_items, " items")
  if spec.enum then
    parts[#parts + 1] = table.concat(spec.enum, "|")
  end
  return table.concat(parts, "  ")
end

local function print_parameters(parameters, prefix)
  local names = {}
  for name in pairs(parameters) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    local first, second = parameters[a].required or false, parameters[b].required or false
    if first ~= second then
      return first
    end
    return a < b
  end)
  for _, name in ipairs(names) do
    local spec = parameters[name]
    print(("%-40s %-8s %-9s %s"):format(prefix .. name, spec[1], spec.required and "required" or "",
      limits_of(spec)):gsub("%s+$", "") .. "")
    if spec.fields then
      print_parameters(spec.fields, prefix .. name .. (spec[1] == "list" and ".N." or "."))
    end
  end
end

local function list(positional)
  if #positional == 0 then
    return list_products()
  end
  local product = known_product(positional[1])
  if #positional == 1 then
    return list_actions(product)
  end
  local operation = catalogue.operation(product.product, positional[2])
  if not operation then
    local near = catalogue.nearest_action(product, positional[2])
    errors.raise { kind = "usage", code = "UnknownOperation",
      message = ("%s has no catalogued operation '%s'"):format(product.product, positional[2]),
      hint = near and ("did you mean %s?"):format(near) or nil }
  end
  print(("%s %s %s (%s)"):format(product.name, product.version, operation.action, operation.kind))
  print_parameters(operation.parameters, "  ")
end

-- --sandbox: the emulated cloud answers inside this process. Its state file is the one that plan and apply use.
local function open_sandbox(options)
  local folder = require("commands.context").state_folder(options)
  local box = require("sandbox").new {
    world = options.sandbox, state_file = ("%s/%s.json"):format(folder, options.sandbox),
    time_scale = options.time_scale, data_plane = options.data_plane, on_symbolic_run = require "probe.symbolic",
  }
  box:mount()
  return setmetatable({ box = box }, { __close = function()
    box:close()
  end })
end

local function account_of(options, box)
  local name = options.account or options.profile
  return box and box:account(name or "default") or name
end

local function make_client(product, options, box)
  return cloud.client {
    product = product, region = options.region, account = account_of(options, box), version = options.version,
    style = options.style, network = options.network, endpoint = options.endpoint, timeout = options.timeout,
    on_retry = function(err, seconds, attempt)
      io.stderr:write(("peerway: %s (attempt %d), again in %.1f s\n"):format(err.code, attempt, seconds))
    end,
  }
end

-- A signature stays good for a quarter of an hour: it is not shown.
local function mask(text)
  return (text:gsub("Signature=[^&,%s]+", "Signature=****"):gsub("^(acs [^:]+:).*", "%1****")
    :gsub("^(ODPS [^:]+:).*", "%1****"))
end

local function print_request(client, action, params, options)
  local signed = client:preview(action, params, options)
  print(("%s %s"):format(signed.method, mask(signed.url)))
  local names = {}
  for name in pairs(signed.headers) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    print(("%s: %s"):format(name, mask(signed.headers[name])))
  end
  if signed.body and signed.body ~= "" then
    print ""
    print(signed.body)
  end
end

local function wait_for(client, action, params, answer)
  local job = client:wait_after(action, params, answer)
  if not job then
    io.stderr:write(("peerway: what %s starts cannot be waited for with these parameters\n"):format(action))
    return nil
  end
  local last
  job.on_state = function(state, seconds)
    if state ~= last then
      io.stderr:write(("peerway: %s after %.1f s\n"):format(state or "waiting", seconds))
      last = state
    end
  end
  return (client:wait(job))
end

local function call(client, action, params, options, call_options)
  if options.all then
    local items, err = client:all(action, params, type(options.all) == "string" and options.all or nil, call_options)
    if not items then
      error(err, 0)
    end
    return json.array(items)
  end
  local answer, err = client:call(action, params, call_options)
  if not answer then
    error(err, 0)
  end
  if options.wait then
    return wait_for(client, action, params, answer) or answer
  end
  return answer
end

local function run(options, positional)
  if options.list then
    list(positional)
    return 0
  end
  if #positional < 2 then
    errors.raise { kind = "usage", code = "Usage", message = "PRODUCT and ACTION are needed",
      hint = positional[1] and ("peerway api --list %s shows the actions"):format(positional[1])
        or "peerway api --list shows the products" }
  end
  local words = table.move(positional, 3, #positional, 1, {})
  local sandbox <close> = options.sandbox and open_sandbox(options) or nil
  local client = make_client(positional[1], options, sandbox and sandbox.box)
  local action = positional[2]
  local call_options = { check = not options.unchecked }
  local params = arguments.parse(words, client:operation(action).parameters)
  if options.dry_run then
    print_request(client, action, params, call_options)
    return 0
  end
  print_answer(call(client, action, params, options, call_options), options)
  return 0
end

return flags.command {
  name = "api",
  summary = "make one signed API call",
  usage = "peerway api PRODUCT ACTION [Name=value...] [flags] | peerway api --list [PRODUCT [ACTION]]",
  description = "Parameters are checked before sending. Lists are Name.1=a Name.2=b, fields Tag.1.Key=a, whole\n"
    .. "values may be JSON ('[...]', '{...}') or a file (@name).",
  examples = {
    "peerway api vpc DescribeVpcs --region eu-central-1 --all --query '[].VpcId'",
    "peerway api vpcpeer GetVpcPeerConnectionAttribute InstanceId=pcc-1 --query Status",
    "peerway api vpc CreateVpc CidrBlock=10.0.0.0/16 --wait",
    "peerway api --list vpc CreateRouteEntry",
  },
  flags = {
    { "region", type = "string", value = "ID", help = "region (default: ALIBABA_CLOUD_REGION_ID)" },
    { "account", type = "string", value = "NAME", help = "account: a profile of ~/.aliyun/config.json" },
    { "profile", type = "string", value = "NAME", help = "the same as --account" },
    { "query", type = "string", value = "PATH", help = "print what is at PATH (Vpcs.Vpc[].VpcId)" },
    { "json", help = "one line of JSON" },
    { "all", type = "optional", value = "PATH", implied = nil, help = "all pages of a list, as one list" },
    { "wait", help = "wait until what the call started is done" },
    { "dry-run", short = "n", help = "print the signed request (signature masked), send nothing" },
    { "list", help = "show products, actions or parameters" },
    { "unchecked", help = "send parameters as they are" },
    { "version", type = "string", value = "DATE", help = "API version of an operation that is not catalogued" },
    { "style", type = "string", choices = { "RPC", "ROA" }, help = "its style (default RPC)" },
    { "network", type = "string", choices = { "public", "vpc" }, help = "public host, or the one inside a VPC" },
    { "endpoint", type = "string", value = "HOST", help = "send to HOST[:PORT]" },
    { "timeout", type = "number", value = "SECONDS", help = "for the call with its repetitions (default 300)" },
    { "sandbox", type = "optional", value = "PRESET", implied = "worked-example",
      help = "call the embedded sandbox, kept in .peerway/, instead of a cloud" },
    { "time-scale", type = "number", value = "FACTOR", min = 0, default = 0.1,
      help = "speed of the embedded sandbox: 1 = cloud-like delays" },
    { "data-plane", type = "string", value = "KIND", choices = { "auto", "netns", "symbolic", "none" },
      default = "auto", help = "how the embedded sandbox carries packets" },
    { "state-dir", type = "string", value = "DIR", help = "keep the sandbox in DIR instead of .peerway/" },
  },
  positional = { 0, math.huge },
  action = run,
}
