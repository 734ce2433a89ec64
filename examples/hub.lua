-- SPDX-License-Identifier: MIT
-- One service VPC in Singapore, consumers in four regions, from a preset.
--   peerway plan examples/hub.lua --sandbox=hub
return require "topologies.hub" {
  name = "platform",
  mode = "domain",
  link_type = "Gold",
  hub = { region = "ap-southeast-1", id = "vpc-t4nexample", resolver = "i-t4nexample" },
  spokes = {
    frankfurt = { region = "eu-central-1", id = "vpc-spoke1", clients = { "i-spoke1" } },
    california = { region = "us-west-1", id = "vpc-spoke2", clients = { "i-spoke2" } },
    tokyo = { region = "ap-northeast-1", id = "vpc-spoke3", clients = { "i-spoke3" } },
    london = { region = "eu-west-1", id = "vpc-spoke4", clients = { "i-spoke4" } },
  },
}
