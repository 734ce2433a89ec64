-- SPDX-License-Identifier: MIT
-- quotas 2020-05-10: quota centre. Facts of the published API metadata; the fields are
-- explained in docs/reference/cloud.md ("Operation data").

return {
  product = "quotas", name = "quotas", version = "2020-05-10", style = "RPC",
  operations = {
    GetProductQuota = {
      kind = "read",
      parameters = {
        ProductCode = { "string", required = true, place = "form" },
        QuotaActionCode = { "string", required = true, place = "form" },
        Dimensions = { "list", place = "form", max_items = 10, fields = {
          Key = { "string" },
          Value = { "string" },
        } },
      },
    },
    ListProductQuotas = {
      kind = "read",
      paging = {
        style = "token", cursor = "NextToken", next = "NextToken", size = "MaxResults", max = 100,
        items = "Quotas",
      },
      parameters = {
        NextToken = { "string", place = "form" },
        MaxResults = { "integer", place = "form", min = 1, max = 100 },
        ProductCode = { "string", required = true, place = "form" },
        QuotaActionCode = { "string", place = "form" },
        KeyWord = { "string", place = "form" },
        SortField = { "string", place = "form", enum = { "TOTAL", "TIME", "RESERVED" } },
        SortOrder = { "string", place = "form", enum = { "Ascending", "Descending" } },
        Dimensions = { "list", place = "form", max_items = 10, fields = {
          Key = { "string" },
          Value = { "string" },
        } },
        QuotaCategory = { "string", place = "form", enum = { "CommonQuota", "FlowControl", "WhiteListLabel" } },
        GroupCode = { "string", place = "form" },
      },
    },
  },
}
