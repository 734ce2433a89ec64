-- SPDX-License-Identifier: MIT
-- Published facts of Sts 2015-04-01: operations, parameters, limits, error codes.
-- Data only; scripts/sandbox/operations/README.md tells what the fields mean.

return {
  product = "Sts",
  version = "2015-04-01",
  style = "RPC",
  operations = {
    AssumeRole = {
      kind = "write", ram = "sts:AssumeRole",
      parameters = {
        { "DurationSeconds", "int64", min = 900 },
        { "Policy", "string", min_length = 1, max_length = 2048 },
        { "RoleArn", "string", required = true },
        { "RoleSessionName", "string", required = true, min_length = 2, max_length = 64 },
        { "ExternalId", "string", min_length = 2, max_length = 1224 },
        { "SourceIdentity", "string" },
      },
      errors = {
        [400] = { "InvalidParameter.ContentType", "InvalidParameter.DurationSeconds",
          "InvalidParameter.ExternalId", "InvalidParameter.PolicyGrammar", "InvalidParameter.PolicySize",
          "InvalidParameter.RoleArn", "InvalidParameter.RoleSessionName", "InvalidParameter.SerialNumber",
          "InvalidParameter.TokenCode" },
        [403] = { "AuthenticationFail.ApiPassword", "AuthenticationFail.ApiUsername", "NoPermission" },
        [404] = { "EntityNotExist.Role" },
        [500] = { "InternalError" },
      },
    },
    AssumeRoleWithOIDC = {
      kind = "write", ram = "sts:AssumeRoleWithOIDC",
      parameters = {
        { "OIDCProviderArn", "string" },
        { "RoleArn", "string" },
        { "OIDCToken", "string", min_length = 4, max_length = 20000 },
        { "Policy", "string", min_length = 1, max_length = 2048 },
        { "DurationSeconds", "int64", min = 900 },
        { "RoleSessionName", "string", required = true, min_length = 2, max_length = 64 },
      },
    },
    GetCallerIdentity = {
      kind = "read", ram = "sts:GetCallerIdentity",
      parameters = {},
      errors = {
        [500] = { "InternalError" },
      },
    },
  },
}
