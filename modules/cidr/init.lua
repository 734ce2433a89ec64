-- SPDX-License-Identifier: MIT
-- init.lua: module `cidr`: exact arithmetic with IPv4 and IPv6 addresses, prefixes and sets of them.
return require "cidr.native"
