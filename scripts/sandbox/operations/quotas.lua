-- SPDX-License-Identifier: MIT
-- Published facts of quotas 2020-05-10: operations, parameters, limits, error codes.
-- Data only; scripts/sandbox/operations/README.md tells what the fields mean.

return {
  product = "quotas",
  version = "2020-05-10",
  style = "RPC",
  operations = {
    GetProductQuota = {
      kind = "read", ram = "quotas:GetProductQuota",
      parameters = {
        { "ProductCode", "string", required = true },
        { "QuotaActionCode", "string", required = true },
        { "Dimensions", "objects", max_items = 10, fields = {
          { "Key", "string" },
          { "Value", "string" },
        } },
      },
    },
    ListProductQuotas = {
      kind = "read", ram = "quotas:ListProductQuotas",
      parameters = {
        { "NextToken", "string" },
        { "MaxResults", "integer", min = 1, max = 100 },
        { "ProductCode", "string", required = true },
        { "QuotaActionCode", "string" },
        { "KeyWord", "string" },
        { "SortField", "string", enum = { "TOTAL", "TIME", "RESERVED" } },
        { "SortOrder", "string", enum = { "Ascending", "Descending" } },
        { "Dimensions", "objects", max_items = 10, fields = {
          { "Key", "string" },
          { "Value", "string" },
        } },
        { "QuotaCategory", "string", enum = { "CommonQuota", "FlowControl", "WhiteListLabel" } },
        { "GroupCode", "string" },
      },
      errors = {
        [400] = { "DIMENSIONGROUP.NOT.FOUND", "INVALID.MAX.RESULTS", "InvalidSortOrder" },
      },
    },
  },
}
