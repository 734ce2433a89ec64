-- SPDX-License-Identifier: MIT
-- ECS in Frankfurt use MaxCompute in Singapore privately, by the names that MaxCompute has inside every
-- VPC of its region (mode "domain"). The VPC near the data requests the peering.
--   peerway plan examples/analytics.lua --sandbox
return {
  name = "analytics",
  vpcs = {
    data = { region = "ap-southeast-1", id = "vpc-t4nexample", resolver = "i-t4nexample" },
    apps = { region = "eu-central-1", id = "vpc-gw8example", clients = { "i-gw8example" } },
  },
  peerings = { { "data", "apps", link_type = "Gold", bandwidth = 1024 } },
  flows = {
    { from = "apps", to = { maxcompute = "data", mode = "domain", project = "analytics_demo" } },
  },
}
