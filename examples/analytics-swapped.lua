-- SPDX-License-Identifier: MIT
-- The same mission with the roles swapped: the VPC of the clients requests, the one near the data accepts.
-- Routes follow the traffic, not the roles: they are the same as in analytics.lua.
return {
  name = "analytics",
  vpcs = {
    data = { region = "ap-southeast-1", id = "vpc-t4nexample", resolver = "i-t4nexample" },
    apps = { region = "eu-central-1", id = "vpc-gw8example", clients = { "i-gw8example" } },
  },
  peerings = { { "apps", "data", link_type = "Gold", bandwidth = 1024 } },
  flows = {
    { from = "apps", to = { maxcompute = "data", mode = "domain", project = "analytics_demo" } },
  },
}
