-- SPDX-License-Identifier: MIT
-- The same clients and data through PrivateLink (mode "endpoint"): interface endpoints with an address in
-- two zones of the VPC near the data. Their addresses are ours; nothing inside 100.64.0.0/10 is routed.
return {
  name = "analytics",
  vpcs = {
    data = { region = "ap-southeast-1", id = "vpc-t4nexample", resolver = "i-t4nexample" },
    apps = { region = "eu-central-1", id = "vpc-gw8example", clients = { "i-gw8example" } },
  },
  peerings = { { "data", "apps", link_type = "Gold", bandwidth = 1024 } },
  flows = {
    { from = "apps", to = { maxcompute = "data", mode = "endpoint", project = "analytics_demo",
      vswitches = { "vsw-t4nexample-a", "vsw-t4nexample-b" }, security_groups = { "sg-t4nexample" } } },
  },
}
