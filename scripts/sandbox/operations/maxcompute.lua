-- SPDX-License-Identifier: MIT
-- Published facts of MaxCompute 2022-01-04: operations, parameters, limits, error codes.
-- Data only; scripts/sandbox/operations/README.md tells what the fields mean.

return {
  product = "MaxCompute",
  version = "2022-01-04",
  style = "ROA",
  operations = {
    ListProjects = {
      kind = "read", ram = "odps:ListProjects", method = "GET", path = "/api/v1/projects",
      parameters = {
        { "tenantId", "string" },
        { "region", "string" },
        { "quotaNickName", "string" },
        { "quotaName", "string" },
        { "prefix", "string" },
        { "marker", "string" },
        { "maxItem", "integer" },
        { "saleTags", "string" },
        { "type", "string", enum = { "managed", "external" } },
        { "listSystemCatalog", "boolean" },
      },
    },
    GetProject = {
      kind = "read", ram = "odps:GetProject", method = "GET", path = "/api/v1/projects/{projectName}",
      rate = { calls = 800, seconds = 60 },
      parameters = {
        { "projectName", "string", required = true },
        { "verbose", "boolean" },
        { "withStorageTierInfo", "boolean" },
        { "withQuotaProductType", "boolean" },
      },
    },
    UpdateProjectIpWhiteList = {
      kind = "write", ram = "odps:UpdateProjectIpWhiteList",
      method = "PUT", path = "/api/v1/projects/{projectName}/ipWhiteList",
      parameters = {
        { "projectName", "string", required = true },
        { "body", "string" },
      },
    },
  },
}
