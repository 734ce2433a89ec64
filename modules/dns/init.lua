-- SPDX-License-Identifier: MIT
-- dns: names, addresses and the truth about them: whole answers, error kinds apart, chosen servers,
-- servers and in-process zones for tests and the sandbox. Signatures: types.lua.

local answers = require "dns.answers"
local mounts = require "dns.mounts"
local native = require "dns.native"
local resolve = require "dns.resolve"

local dns = {}

native.answer_metatable.__index = answers.index
native.answer_metatable.__name = "dns.answer"

--- Asks one question and returns the whole answer; raises kind "dns" with the cause as code.
function dns.resolve(name, options)
  return answers.check(resolve.one(name, options))
end

--- As dns.resolve, but returns nil and the error value instead of raising it.
function dns.try(name, options)
  local result = resolve.one(name, options)
  if answers.failed(result) then return nil, result end
  return result
end

--- Asks many questions at once; the list of results holds an answer or an error value for each.
dns.resolve_all = resolve.all

--- Whether an entry of dns.resolve_all is an error value.
dns.failed = answers.failed

--- Addresses of a name as a program sees them, with the hosts file and the DNS shown apart.
function dns.lookup(name, options)
  return require "dns.lookup"(name, options)
end

--- Servers and search list of this system.
function dns.system()
  return require "dns.system".read()
end

--- Name below in-addr.arpa or ip6.arpa of an address; nil when the text is no address.
dns.reverse_name = native.reverse

--- Answers questions about a zone in this process, in the real and in the simulated world.
dns.mount = mounts.add

--- Opens a DNS server on sockets.
function dns.serve(options)
  return require "dns.serve"(options)
end

--- Addresses of MaxCompute's names in a region, as several resolvers give them, and which may be routed.
function dns.service_addresses(region, services, options)
  return require "dns.service".addresses(region, services, options)
end

--- Judges addresses that shall become routes: see dns.guard in types.lua.
function dns.guard(names, options)
  return require "dns.guard".judge(names, options)
end

--- A message table as octets, and back.
dns.encode = native.encode
dns.decode = native.decode

return dns
