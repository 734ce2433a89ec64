-- SPDX-License-Identifier: MIT
-- Tag 2018-08-28: tags over products. Facts of the published API metadata; the fields are
-- explained in docs/reference/cloud.md ("Operation data").

return {
  product = "tag", name = "Tag", version = "2018-08-28", style = "RPC",
  operations = {
    ListResourcesByTag = {
      kind = "read", method = "GET",
      paging = {
        style = "token", cursor = "NextToken", next = "NextToken", size = "MaxResult", max = 100,
        items = "Resources",
      },
      parameters = {
        RegionId = { "string", required = true },
        NextToken = { "string" },
        MaxResult = { "integer", max = 1000 },
        ResourceType = { "string", required = true },
        FuzzyType = { "string", enum = { "EQUAL", "NOT" } },
        ["TagFilter.Value"] = { "string", max_length = 128 },
        ["TagFilter.Key"] = { "string", required = true, max_length = 128 },
        IncludeAllTags = { "boolean" },
      },
    },
    ListTagResources = {
      kind = "read",
      paging = {
        style = "token", cursor = "NextToken", next = "NextToken", size = "PageSize", max = 100,
        items = "TagResources",
      },
      parameters = {
        RegionId = { "string", required = true },
        NextToken = { "string" },
        PageSize = { "integer", max = 1000 },
        Tags = { "string", wire = "json", max_items = 10 },
        Category = { "string", enum = { "All", "Custom", "System" } },
        ResourceARN = { "list", max_items = 50, of = "string" },
      },
    },
    TagResources = {
      kind = "write",
      parameters = {
        RegionId = { "string", required = true },
        Tags = { "string", required = true, wire = "json", max_items = 10 },
        ResourceARN = { "list", required = true, max_items = 50, of = "string" },
      },
    },
    UntagResources = {
      kind = "write",
      parameters = {
        RegionId = { "string", required = true },
        ResourceARN = { "list", required = true, max_items = 50, of = "string" },
        TagKey = { "list", required = true, max_items = 20, of = "string" },
      },
    },
  },
}
