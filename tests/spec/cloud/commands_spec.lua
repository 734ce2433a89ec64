-- SPDX-License-Identifier: MIT
-- peerway api and whoami, as a user runs them, against the embedded sandbox and a served one.
local fs = require "fs"
local json = require "json"
local process = require "process"
local test = require "spec"

local program <const> = fs.realpath "/proc/self/exe"
local key <const> = { id = "LTAIsandboxdefault", secret = "sandbox-default-secret-not-a-real-one" }

-- Runs peerway in a folder of its own, without the caller's credentials.
local function run(folder, words, variables)
  local command = { program, table.unpack(words) }
  command.cwd = folder
  command.env = { HOME = folder, PATH = "/usr/bin:/bin", ALIBABA_CLOUD_ECS_METADATA_DISABLED = "true" }
  for name, value in pairs(variables or {}) do
    command.env[name] = value
  end
  command.timeout = 60
  return process.run(command)
end

local function api(folder, words, variables)
  return run(folder, { "api", table.unpack(words) }, variables)
end

test("a call, a path, all pages, a wait: state survives between processes", function()
  local folder = fs.temp_dir()
  local ids = api(folder, { "vpc", "DescribeVpcs", "--region", "eu-central-1", "--sandbox",
    "--query", "Vpcs.Vpc[].VpcId" })
  test.equal({ ids.code, ids.stdout }, { 0, "vpc-gw8example\n" }, ids.stderr)
  local made = api(folder, { "vpc", "CreateVpc", "CidrBlock=172.16.0.0/12", "--region", "eu-central-1", "--sandbox",
    "--wait", "--query", "Status", "--time-scale", "0.05" })
  test.equal({ made.code, made.stdout }, { 0, "Available\n" }, made.stderr)
  local all = api(folder, { "vpc", "DescribeVpcs", "--region", "eu-central-1", "--sandbox", "--all", "--json" })
  test.equal(#json.decode(all.stdout), 2)
end)

test("a list without items is [], with and without --json", function()
  local folder = fs.temp_dir()
  for _, where in ipairs { "Vpcs.Vpc", "Vpcs.Vpc[].VpcId", "Vpcs.Vpc.VpcId", "Vpcs.Vpc[Status=None]" } do
    local words = { "vpc", "DescribeVpcs", "VpcId=vpc-none", "--region", "eu-central-1", "--sandbox", "--query", where }
    local plain = api(folder, words)
    test.equal({ plain.code, plain.stdout }, { 0, "[]\n" }, where .. plain.stderr)
    words[#words + 1] = "--json"
    test.equal(api(folder, words).stdout, "[]\n", where)
  end
end)

test("refusals: exit code, code, hint and RequestId on stderr, nothing on stdout", function()
  local folder = fs.temp_dir()
  local function refused(code, pattern, ...)
    local done = api(folder, { ... })
    test.equal({ done.code, done.stdout }, { code, "" }, done.stderr)
    test.match(done.stderr, pattern)
    return done
  end
  refused(64, "did you mean DescribeVpcs", "vpc", "DescribeVpc")
  refused(64, "did you mean vpcpeer", "--list", "vpcper")
  refused(64, "peerway api %-%-list vpc", "vpc")
  refused(64, "not Name=value", "vpc", "DescribeVpcs", "oops", "--sandbox")
  refused(5, "did you mean VpcId", "vpc", "DescribeVpcs", "Vpcid=1", "--region", "eu-central-1", "--sandbox")
  refused(1, "RequestId: %x+", "vpcpeer", "GetVpcPeerConnectionAttribute", "InstanceId=pcc-none", "--sandbox")
  refused(7, "next: set ALIBABA_CLOUD_ACCESS_KEY_ID", "sts", "GetCallerIdentity")
  refused(64, "no region is known", "vpc", "DescribeVpcAttribute", "VpcId=v", "--unchecked", "--sandbox")
  refused(64, "plain http", "vpc", "DescribeVpcs", "--region", "r", "--endpoint", "http://example.com", "--sandbox")
end)

test("a dry run shows the request, not its signature, and sends nothing", function()
  local folder = fs.temp_dir()
  local variables = { ALIBABA_CLOUD_ACCESS_KEY_ID = key.id, ALIBABA_CLOUD_ACCESS_KEY_SECRET = key.secret }
  local done = api(folder, { "vpcpeer", "CreateVpcPeerConnection", "--region", "ap-southeast-1", "VpcId=vpc-1",
    "AcceptingAliUid=1234567890123456", "AcceptingRegionId=eu-central-1", "AcceptingVpcId=vpc-2", "Tag.1.Key=a b",
    "--dry-run" }, variables)
  test.equal(done.code, 0, done.stderr)
  test.match(done.stdout, "^POST https://vpcpeer%.aliyuncs%.com/%?Tag%.1%.Key=a%%20b\n")
  test.match(done.stdout, "AcceptingAliUid=1234567890123456")
  test.match(done.stdout, "x%-acs%-action: CreateVpcPeerConnection\n")
  test.match(done.stdout, "Signature=%*%*%*%*")
  test.falsy(done.stdout:find("Signature=%x"))
  test.falsy((done.stdout .. done.stderr):find(key.secret, 1, true))
end)

test("the catalogue: products, actions, parameters", function()
  local folder = fs.temp_dir()
  test.match(api(folder, { "--list" }).stdout, "vpcpeer%s+2022%-01%-01%s+11 operations")
  test.match(api(folder, { "--list", "vpc" }).stdout, "CreateRouteEntry%s+write")
  test.match(api(folder, { "--list", "Vpc", "CreateRouteEntry" }).stdout, "DestinationCidrBlock%s+string%s+required")
end)

-- Starts `peerway sandbox` on a free port; gives its URL and the process.
local function serve(folder)
  local child = process.spawn { "sh", "-c", 'exec "$0" sandbox --time-scale 0 --data-plane none --json >"$1" 2>&1',
    program, folder .. "/sandbox.out", cwd = folder, env = { HOME = folder, PATH = "/usr/bin:/bin" } }
  local task = require "task"
  for _ = 1, 200 do
    local text = fs.stat(folder .. "/sandbox.out") and fs.read(folder .. "/sandbox.out") or ""
    local url = text:match "http://127%.0%.0%.1:%d+"
    if url then
      return url, child
    end
    task.sleep(0.05)
  end
  child:kill(9)
  error("the sandbox did not start: " .. fs.read(folder .. "/sandbox.out"))
end

test("whoami over a socket: source, masked key, account; --offline asks nobody", function()
  local folder = fs.temp_dir()
  local url, child = serve(folder)
  local _ <close> = setmetatable({}, { __close = function()
    child:kill(15)
    child:wait()
  end })
  local variables = { ALIBABA_CLOUD_ACCESS_KEY_ID = key.id, ALIBABA_CLOUD_ACCESS_KEY_SECRET = key.secret,
    PEERWAY_ENDPOINT = url }
  local done = run(folder, { "whoami", "--json" }, variables)
  test.equal(done.code, 0, done.stderr)
  local facts = json.decode(done.stdout)
  test.equal({ facts.account_id, facts.identity_type, facts.arn },
    { "1234567890123456", "Account", "acs:ram::1234567890123456:root" })
  test.match(facts.source, "env")
  test.falsy((done.stdout .. done.stderr):find(key.secret, 1, true))
  local text = run(folder, { "whoami" }, variables).stdout
  test.match(text, "account%s+1234567890123456\n")
  test.match(text, "expires%s+no expiry\n")
  variables.PEERWAY_ENDPOINT = "http://127.0.0.1:1"
  local offline = json.decode(run(folder, { "whoami", "--offline", "--json" }, variables).stdout)
  test.equal(offline.account_id, nil)
  variables.PEERWAY_ENDPOINT, variables.ALIBABA_CLOUD_ACCESS_KEY_SECRET = url, "wrong"
  local wrong = run(folder, { "whoami" }, variables)
  test.equal(wrong.code, 7)
  test.match(wrong.stderr, "SignatureDoesNotMatch")
end)

test("several accounts in one run", function()
  local folder = fs.temp_dir()
  local url, child = serve(folder)
  local _ <close> = setmetatable({}, { __close = function()
    child:kill(15)
    child:wait()
  end })
  fs.mkdir(folder .. "/.aliyun", 448)
  fs.write_atomic(folder .. "/.aliyun/config.json", json.encode { current = "one", profiles = json.array {
    { name = "one", mode = "AK", access_key_id = key.id, access_key_secret = key.secret, region_id = "eu-central-1" },
    { name = "two", mode = "AK", access_key_id = "LTAIsandboxpartner", region_id = "eu-central-1",
      access_key_secret = "sandbox-partner-secret-not-a-real-one" } } }, 384)
  local done = run(folder, { "whoami", "one", "two", "--json" }, { PEERWAY_ENDPOINT = url })
  test.equal(done.code, 0, done.stderr)
  local first, second = done.stdout:match "^([^\n]+)\n([^\n]+)\n$"
  test.equal(json.decode(first).account_id, "1234567890123456")
  test.truthy(json.decode(second).account_id ~= "1234567890123456")
end)

test("whoami tells when temporary credentials end", function()
  local clock, http = require "clock", require "http"
  local server = http.serve { handler = function()
    return { status = 200, headers = { ["content-type"] = "application/json" }, body = json.encode {
      Code = "Success", AccessKeyId = "STS.abcdefghijkl", AccessKeySecret = key.secret, SecurityToken = "token",
      Expiration = clock.iso8601(clock.wall() + 3000) } }
  end }
  local _ <close> = setmetatable({}, { __close = function() server:close() end })
  local folder = fs.temp_dir()
  local result = run(folder, { "whoami", "--offline" },
    { ALIBABA_CLOUD_CREDENTIALS_URI = ("http://127.0.0.1:%d/"):format(server.port) })
  test.equal(result.code, 0, result.stderr)
  test.match(result.stdout, "source%s+credential_uri\n")
  test.match(result.stdout, "expires%s+%d+%-%d+%-%d+T%S+Z %(in 4[89] min%)")
end)
