-- SPDX-License-Identifier: MIT
-- Location 2015-06-12: which host serves a product. Facts of the published API metadata; the fields are
-- explained in docs/reference/cloud.md ("Operation data").

return {
  product = "location", name = "Location", version = "2015-06-12", style = "RPC",
  operations = {
    DescribeEndpoints = {
      kind = "read", method = "GET",
      parameters = {
        Id = { "string", required = true },
        ServiceCode = { "string", required = true },
        Type = { "string", enum = { "openAPI", "innerAPI" }, open = true },
      },
    },
  },
}
