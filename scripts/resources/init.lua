-- SPDX-License-Identifier: MIT
-- resources: the kinds of cloud objects that stages may declare, by name.
return {
  peer_connection = require "resources.peer_connection",
  private_zone = require "resources.private_zone",
  route_entry = require "resources.route_entry",
  security_group_rule = require "resources.security_group_rule",
  vpc_endpoint = require "resources.vpc_endpoint",
}
