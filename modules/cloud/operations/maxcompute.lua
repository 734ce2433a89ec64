-- SPDX-License-Identifier: MIT
-- MaxCompute 2022-01-04: projects and their allow lists. Facts of the published API metadata; the fields are
-- explained in docs/reference/cloud.md ("Operation data").

return {
  product = "maxcompute", name = "MaxCompute", version = "2022-01-04", style = "ROA",
  operations = {
    GetProject = {
      kind = "read", method = "GET", path = "/api/v1/projects/{projectName}", rate = { calls = 800, seconds = 60 },
      not_found = { "OBJECT_NOT_EXIST", "ODPS-0420111", "NoSuchProject" },
      parameters = {
        projectName = { "string", required = true, place = "path" },
        verbose = { "boolean" },
        withStorageTierInfo = { "boolean" },
        withQuotaProductType = { "boolean" },
      },
    },
    ListProjects = {
      kind = "read", method = "GET", path = "/api/v1/projects",
      paging = {
        style = "marker", cursor = "marker", next = "data.marker", size = "maxItem", max = 100,
        items = "data.projects",
      },
      parameters = {
        tenantId = { "string" },
        region = { "string" },
        quotaNickName = { "string" },
        quotaName = { "string" },
        prefix = { "string" },
        marker = { "string" },
        maxItem = { "integer" },
        saleTags = { "string" },
        type = { "string", enum = { "managed", "external" } },
        listSystemCatalog = { "boolean" },
      },
    },
    UpdateProjectIpWhiteList = {
      kind = "write", method = "PUT", path = "/api/v1/projects/{projectName}/ipWhiteList",
      parameters = {
        projectName = { "string", required = true, place = "path" },
        ipWhiteList = { "object", place = "json", required = true },
      },
    },
  },
}
