-- SPDX-License-Identifier: MIT
-- The default chain and every profile mode, each in a process of its own with a home of its own. The probe
-- prints what may be shown of the account, or the error.
local fs = require "fs"
local json = require "json"
local process = require "process"
local test = require "spec"

local PROBE <const> = [[
local native = require "cloud.native"
local json = require "json"
local options = json.decode(os.getenv "PROBE_OPTIONS" or "{}")
local ok, account = pcall(native.account, options)
if not ok then
  print(json.encode { code = account.code, message = account.message, hint = account.hint })
  return
end
local facts = native.describe(account)
facts.text = tostring(account)
facts.children = require("process").run { "env" }.stdout
local file <close> = io.open("/proc/self/environ", "rb")
facts.environ = file and file:read "a" or ""
facts.dumpable = file ~= nil
print(json.encode(facts))
]]

local home = fs.temp_dir()
fs.write_atomic(home .. "/probe.lua", PROBE, 0x180)

local function put(path, text, mode)
  fs.mkdir((home .. "/" .. path):match "^(.*)/", 0x1c0)
  fs.write_atomic(home .. "/" .. path, text, mode or 0x180) -- 0600
end

local function clear()
  for _, path in ipairs { ".aliyun/config.json", ".alibabacloud/credentials", ".alibabacloud/credentials.ini" } do
    if fs.stat(home .. "/" .. path) then
      fs.remove(home .. "/" .. path)
    end
  end
end

local function probe(env, options)
  env = env or {}
  env.HOME = home
  env.PROBE_OPTIONS = options and json.encode(options)
  local run = process.run { "/proc/self/exe", "run", home .. "/probe.lua", env = env, timeout = 30 }
  test.equal(run.code, 0, run.stderr)
  return json.decode(run.stdout), run
end

local function config(profiles, current)
  put(".aliyun/config.json", json.encode { current = current or profiles[1].name, profiles = profiles })
end

local KEYS <const> = { ALIBABA_CLOUD_ACCESS_KEY_ID = "LTAI5tFromEnvironment",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET = "canary-env-secret" }
local function env(more)
  local all = {}
  for name, value in pairs(KEYS) do
    all[name] = value
  end
  for name, value in pairs(more or {}) do
    all[name] = value
  end
  return all
end
local AK <const> = { name = "default", mode = "AK", access_key_id = "LTAI5tFromProfile",
  access_key_secret = "canary-profile" }
local ROLE <const> = "acs:ram::1:role/r"

test("nothing configured: every source says why", function()
  clear()
  local answer = probe()
  test.equal(answer.code, "NoCredentials")
  for _, name in ipairs { "env", "oidc_role_arn", "cli_profile", "profile", "ecs_ram_role", "credential_uri" } do
    test.match(answer.message, name .. ": ")
  end
  test.match(answer.hint, "aliyun configure")
end)

test("the environment wins; its secrets are gone afterwards", function()
  clear()
  config { AK }
  local answer, run = probe(env { ALIBABA_CLOUD_SECURITY_TOKEN = "canary-env-token" })
  test.equal(answer.source, "env")
  test.equal(answer.access_key_id, "****ment")
  test.equal(answer.text, "account (env, ****ment)")
  for _, canary in ipairs { "canary-env-secret", "canary-env-token" } do
    test.falsy(answer.children:find(canary, 1, true), "child environment")
    test.falsy(answer.environ:find(canary, 1, true), "/proc/self/environ")
    test.falsy((run.stdout .. run.stderr):find(canary, 1, true), "output")
  end
end)

test("the order: oidc, cli profile, ini, uri", function()
  clear()
  config { AK }
  put(".alibabacloud/credentials",
    "[default]\ntype = access_key\naccess_key_id = LTAI5tFromIniFile\naccess_key_secret = s\n")
  local oidc = { ALIBABA_CLOUD_ROLE_ARN = ROLE, ALIBABA_CLOUD_OIDC_PROVIDER_ARN = "p",
    ALIBABA_CLOUD_OIDC_TOKEN_FILE = "/t" }
  test.equal(probe(oidc).source, "default chain")
  test.equal(probe().source, "cli_profile/static_ak")
  test.equal(probe({ ALIBABA_CLOUD_CLI_PROFILE_DISABLED = "true" }).source, "profile/static_ak")
  clear()
  test.equal(probe({ ALIBABA_CLOUD_CREDENTIALS_URI = "http://127.0.0.1:1/" }).source, "credential_uri")
  test.equal(probe({ ALIBABA_CLOUD_ECS_METADATA = "role" }).source, "ecs_ram_role")
  test.equal(probe({ ALIBABA_CLOUD_ECS_METADATA = "role", ALIBABA_CLOUD_ECS_METADATA_DISABLED = "true" }).code,
    "NoCredentials")
end)

test("an incomplete profile is passed over, an open file is not", function()
  clear()
  config { { name = "default", mode = "AK" } }
  put(".alibabacloud/credentials.ini",
    "[default]\ntype=access_key\naccess_key_id=LTAI5tFromIniFile\naccess_key_secret=s#1 # comment\n")
  test.equal(probe().source, "profile/static_ak")
  clear()
  for _, mode in ipairs { 0x1a4, 0x1a0, 0x184, 0x181 } do -- 0644 0640 0604 0601
    put(".aliyun/config.json", json.encode { profiles = { AK } }, mode)
    local answer = probe()
    test.equal(answer.code, "CredentialFileRefused", ("mode %o"):format(mode))
    test.match(answer.hint, "chmod 600")
  end
end)

test("modes of config.json", function()
  clear()
  local function with(profile)
    profile.name = "p"
    config({ AK, profile }, "p")
    return probe()
  end
  local id, secret = "LTAI5tFromProfile", "canary-profile"
  test.equal(with { mode = "AK", access_key_id = id, access_key_secret = secret }.source, "cli_profile/static_ak")
  test.equal(with { mode = "stsTOKEN", access_key_id = id, access_key_secret = secret, sts_token = "t" }.source,
    "cli_profile/static_sts")
  local role = with { mode = "RamRoleArn", access_key_id = id, access_key_secret = secret, ram_role_arn = ROLE,
    ram_session_name = "s", expired_seconds = 900, sts_region = "eu-central-1" }
  test.equal(role.source, "cli_profile/ram_role_arn/static_ak")
  test.equal(role.role, ROLE)
  test.equal(role.profile, "p")
  test.equal(with { mode = "EcsRamRole", ram_role_name = "r" }.source, "cli_profile/ecs_ram_role")
  test.equal(with { mode = "RamRoleArnWithEcs", ram_role_name = "r", ram_role_arn = ROLE }.source,
    "cli_profile/ram_role_arn/ecs_ram_role")
  test.equal(with { mode = "RamRoleArnWithRoleName", ram_role_name = "r", ram_role_arn = ROLE }.source,
    "cli_profile/ram_role_arn/ecs_ram_role")
  test.equal(with { mode = "ChainableRamRoleArn", source_profile = "default", ram_role_arn = ROLE }.source,
    "cli_profile/ram_role_arn/static_ak")
  test.equal(with { mode = "OIDC", oidc_provider_arn = "p", oidc_token_file = "/t", ram_role_arn = ROLE }.source,
    "cli_profile/oidc_role_arn")
  test.equal(with { mode = "External", process_command = "echo" }.source, "cli_profile/external")
  test.equal(with { mode = "CredentialsURI", credentials_uri = "http://127.0.0.1:1/" }.source,
    "cli_profile/credentials_uri")
  test.equal(with { mode = "Anonymous" }.source, "cli_profile/anonymous")
  test.equal(with { mode = "BearerToken", bearer_token = "t" }.source, "cli_profile/bearer")
  test.equal(with { mode = "CloudSSO", access_key_id = id, access_key_secret = secret, sts_token = "t",
    sts_expiration = 4102444800 }.source, "cli_profile/stored_session")
end)

test("profiles that cannot be used say what to do", function()
  clear()
  local function with(profile)
    profile.name = "p"
    config { profile }
    return probe(nil, { source = "profile", profile = "p" })
  end
  test.equal(with { mode = "OAuth" }.code, "LoginNeeded")
  test.equal(with { mode = "RsaKeyPair" }.code, "UnknownMode")
  test.match(with { mode = "AK", access_key_id = "a" }.message, "lacks access_key_secret")
  test.match(with { mode = "ChainableRamRoleArn", source_profile = "p", ram_role_arn = ROLE }.message, "loop")
  test.match(with { mode = "ChainableRamRoleArn", source_profile = "q", ram_role_arn = ROLE }.message, "not there")
  test.equal(probe(nil, { source = "profile", profile = "absent" }).code, "NoSuchProfile")
  put(".aliyun/config.json", '{"profiles":[{"name":"p","access_key_secret":"canary-broken"')
  local answer = probe(nil, { source = "profile" })
  test.equal(answer.code, "MalformedConfig")
  test.match(answer.message, "at byte %d+")
  test.falsy(json.encode(answer):find("canary", 1, true))
end)

test("several accounts: profile by name, by variable, by file", function()
  clear()
  config({ AK, { name = "other", mode = "AK", access_key_id = "LTAI5tOtherProfile", access_key_secret = "x" } })
  test.equal(probe(nil, { profile = "other" }).access_key_id, "****file")
  test.equal(probe(nil, { profile = "other" }).profile, "other")
  test.equal(probe({ ALIBABA_CLOUD_PROFILE = "other" }).profile, "other")
  local named = { access_key_id = "LTAI5tGivenByName", secret_env = "MY_SECRET_NAME" }
  test.equal(probe({ MY_SECRET_NAME = "canary-mine" }, named).source, "keys")
  test.equal(probe(nil, { access_key_id = "a", secret_env = "ABSENT_SECRET" }).code, "MissingVariable")
  put("elsewhere/config.json", json.encode { profiles = { AK } })
  test.equal(probe(nil, { config_file = home .. "/elsewhere/config.json" }).source, "cli_profile/static_ak")
  test.equal(probe({ ALIBABA_CLOUD_CONFIG_FILE = home .. "/elsewhere/config.json" }).source, "cli_profile/static_ak")
end)

test("sections of the ini files", function()
  clear()
  local function with(text)
    put(".alibabacloud/credentials", text)
    return probe(nil, { source = "credentials_file" })
  end
  test.equal(with("# c\n[default]\ntype = ecs_ram_role\nrole_name = r\n").source, "profile/ecs_ram_role")
  test.equal(with("[default]\ntype=ram_role_arn\naccess_key_id=a\naccess_key_secret=b\nrole_arn=" .. ROLE
    .. "\nrole_session_name=s\n").source, "profile/ram_role_arn/static_ak")
  test.equal(with("[other]\ntype=access_key\n").code, "NoSuchProfile")
  test.equal(with("[default]\ntype=access_key\n").code, "IncompleteProfile")
  test.match(with("[default]\nnonsense\n").message, "line 2")
end)
