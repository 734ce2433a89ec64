-- SPDX-License-Identifier: MIT
-- Nis 2021-12-16: path analysis. Facts of the published API metadata; the fields are
-- explained in docs/reference/cloud.md ("Operation data").
local no_url <const> = { "http://", "https://" }
local no_acs <const> = { "aliyun", "acs:" }

return {
  product = "nis", name = "Nis", version = "2021-12-16", style = "RPC",
  operations = {
    CreateNetworkPath = {
      kind = "write", method = "GET",
      parameters = {
        RegionId = { "string" },
        NetworkPathName = { "string", required = true },
        SourceId = { "string", required = true },
        SourceType = { "string", required = true, enum = { "ecs", "internetIp", "vsw", "vpn", "vbr" } },
        SourceIpAddress = { "string" },
        SourcePort = { "integer", min = 1, max = 65535 },
        TargetId = { "string", min = 0, max_items = 24 },
        TargetType = { "string", min = 0, max_items = 24, enum = {
          "ecs", "internetIp", "vsw", "vpn", "vbr", "clb",
        } },
        TargetIpAddress = { "string" },
        TargetPort = { "integer", min = 1, max = 65535 },
        Protocol = { "string", enum = { "tcp", "udp", "icmp" } },
        NetworkPathDescription = { "string" },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
        ResourceGroupId = { "string" },
      },
    },
    CreateNetworkReachableAnalysis = {
      kind = "write", method = "GET",
      wait = {
        action = "GetNetworkReachableAnalysis", with = { "RegionId", "NetworkReachableAnalysisId" },
        field = "NetworkReachableAnalysisStatus", good = { "finish" }, bad = { "error", "timeout" },
        timeout = 120,
      },
      parameters = {
        RegionId = { "string" },
        NetworkPathId = { "string", required = true },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    DeleteNetworkPath = {
      kind = "write", method = "GET",
      not_found = { "ResourceNotFound.NetworkPathId" },
      parameters = {
        RegionId = { "string" },
        NetworkPathIds = { "list", required = true, wire = "json", of = "string" },
      },
    },
    DeleteNetworkReachableAnalysis = {
      kind = "write", method = "GET",
      not_found = { "ResourceNotFound.NetworkReachableAnalysisId" },
      parameters = {
        RegionId = { "string" },
        NetworkReachableAnalysisIds = { "list", required = true, wire = "json", of = "string" },
      },
    },
    GetNetworkReachableAnalysis = {
      kind = "read", method = "GET",
      not_found = { "ResourceNotFound.NetworkReachableAnalysis", "ResourceNotFound.NetworkReachableAnalysisId" },
      parameters = {
        RegionId = { "string" },
        NetworkReachableAnalysisId = { "string", required = true },
      },
    },
  },
}
