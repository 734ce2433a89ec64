-- SPDX-License-Identifier: MIT
-- peerway whoami: where the credentials come from, whose they are, and until when they hold.
local clock = require "clock"
local cloud = require "cloud"
local flags = require "commands.flags"
local json = require "json"

local function describe(name, options)
  local known = cloud.describe(name)
  local facts = {
    account = name or "default", source = known.source, access_key_id = known.access_key_id, role = known.role,
    profile = known.profile, expires = known.expiry, memory = known.memory,
  }
  if not options.offline then
    local identity = cloud.caller_identity(name, { region = options.region, network = options.network })
    facts.account_id, facts.identity_type, facts.arn = identity.account_id, identity.type, identity.arn
    facts.principal_id = identity.principal_id
  end
  return facts
end

local function expiry_text(text)
  if not text then
    return "no expiry"
  end
  local left = (clock.parse_iso8601(text) or 0) - clock.wall()
  if left <= 0 then
    return text .. " (over)"
  end
  return ("%s (in %d min)"):format(text, left // 60)
end

local function print_facts(facts)
  local rows = {
    { "source", facts.source }, { "key", facts.access_key_id }, { "role", facts.role },
    { "expires", expiry_text(facts.expires) }, { "account", facts.account_id }, { "identity", facts.identity_type },
    { "arn", facts.arn }, { "memory", facts.memory },
  }
  for _, row in ipairs(rows) do
    if row[2] then
      print(("%-9s %s"):format(row[1], row[2]))
    end
  end
end

local function run(options, positional)
  local names = #positional > 0 and positional or { options.account or options.profile or false }
  for index, name in ipairs(names) do
    local facts = describe(name or nil, options)
    if options.json then
      print(json.encode(facts))
    else
      if index > 1 then
        print ""
      end
      print_facts(facts)
    end
  end
  return 0
end

return flags.command {
  name = "whoami",
  summary = "show the credentials in use: source, account, role, expiry",
  usage = "peerway whoami [ACCOUNT...] [flags]",
  description = "ACCOUNT is a profile of ~/.aliyun/config.json; without it the credential chain decides.",
  examples = { "peerway whoami", "peerway whoami production partner", "peerway whoami --offline --json" },
  flags = {
    { "account", type = "string", value = "NAME", help = "account: a profile of ~/.aliyun/config.json" },
    { "profile", type = "string", value = "NAME", help = "the same as --account" },
    { "offline", help = "do not ask STS who it is" },
    { "region", type = "string", value = "ID", help = "region whose STS is asked" },
    { "network", type = "string", choices = { "public", "vpc" }, help = "public host, or the one inside a VPC" },
    { "json", help = "one line of JSON per account" },
  },
  positional = { 0, math.huge },
  action = run,
}
