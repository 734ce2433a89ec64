-- SPDX-License-Identifier: MIT
-- Sts 2015-04-01: identities and temporary credentials. Facts of the published API metadata; the fields are
-- explained in docs/reference/cloud.md ("Operation data").

return {
  product = "sts", name = "Sts", version = "2015-04-01", style = "RPC",
  operations = {
    AssumeRole = {
      kind = "read",
      parameters = {
        DurationSeconds = { "integer", min = 900 },
        Policy = { "string", min_length = 1, max_length = 2048 },
        RoleArn = { "string", required = true },
        RoleSessionName = { "string", required = true, min_length = 2, max_length = 64 },
        ExternalId = { "string", min_length = 2, max_length = 1224 },
        SourceIdentity = { "string" },
      },
    },
    AssumeRoleWithOIDC = {
      kind = "read", method = "GET", signature = "anonymous",
      parameters = {
        OIDCProviderArn = { "string" },
        RoleArn = { "string" },
        OIDCToken = { "string", min_length = 4, max_length = 20000 },
        Policy = { "string", min_length = 1, max_length = 2048 },
        DurationSeconds = { "integer", min = 900 },
        RoleSessionName = { "string", required = true, min_length = 2, max_length = 64 },
      },
    },
    GetCallerIdentity = {
      kind = "read",
      parameters = {},
    },
  },
}
