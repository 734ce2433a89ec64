-- SPDX-License-Identifier: MIT
-- Published facts of Location 2015-06-12: operations, parameters, limits, error codes.
-- Data only; scripts/sandbox/operations/README.md tells what the fields mean.

return {
  product = "Location",
  version = "2015-06-12",
  style = "RPC",
  operations = {
    DescribeEndpoints = {
      kind = "read",
      parameters = {
        { "Id", "string", required = true },
        { "ServiceCode", "string", required = true },
        { "Type", "string", enum = { "openAPI", "innerAPI" } },
      },
    },
  },
}
