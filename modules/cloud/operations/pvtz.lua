-- SPDX-License-Identifier: MIT
-- pvtz 2018-01-01: private DNS zones. Facts of the published API metadata; the fields are
-- explained in docs/reference/cloud.md ("Operation data").
local no_url <const> = { "http://", "https://" }
local no_acs <const> = { "aliyun", "acs:" }

return {
  product = "pvtz", name = "pvtz", version = "2018-01-01", style = "RPC",
  operations = {
    AddZone = {
      kind = "write", client_token = true, rate = { calls = 5, seconds = 1 },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        ZoneName = { "string" },
        ProxyPattern = { "string", enum = { "ZONE", "RECORD" } },
        ResourceGroupId = { "string" },
        ZoneType = { "string" },
        ZoneTag = { "string" },
        ClientToken = { "string", max_length = 64, ascii = true },
        DnsGroup = { "string", enum = { "NORMAL_ZONE", "FAST_ZONE" } },
      },
    },
    AddZoneRecord = {
      kind = "write", client_token = true, rate = { calls = 20, seconds = 1 },
      parameters = {
        ZoneId = { "string", required = true },
        Lang = { "string", enum = { "zh", "en" } },
        Rr = { "string", required = true },
        Type = { "string", required = true, enum = { "A", "AAAA", "CNAME", "TXT", "MX", "PTR", "SRV" } },
        Line = { "string" },
        Weight = { "integer", min = 1, max = 100 },
        Ttl = { "integer", min = 5, max = 86400, enum = { 5, 30, 60, 3600, 43200, 86400 } },
        Priority = { "integer", min = 1, max = 99 },
        Value = { "string", required = true },
        UserClientIp = { "string" },
        Remark = { "string" },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    BindZoneVpc = {
      kind = "write", client_token = true, rate = { calls = 5, seconds = 1 },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        ZoneId = { "string", required = true },
        UserClientIp = { "string" },
        Vpcs = { "list", max_items = 500, fields = {
          VpcId = { "string" },
          RegionId = { "string" },
          VpcType = { "string", enum = { "STANDARD", "EDS" } },
        } },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    CheckZoneName = {
      kind = "read", rate = { calls = 5, seconds = 1 },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        ZoneName = { "string" },
        UserClientIp = { "string" },
      },
    },
    DeleteZone = {
      kind = "write", client_token = true, rate = { calls = 5, seconds = 1 },
      not_found = { "Zone.Invalid.Id", "Zone.NotExists", "ZoneVpc.NotExists.VpcId" },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        ZoneId = { "string", required = true },
        UserClientIp = { "string" },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    DeleteZoneRecord = {
      kind = "write", client_token = true, rate = { calls = 20, seconds = 1 },
      not_found = { "Zone.Invalid.Id", "Zone.NotExists", "ZoneVpc.NotExists.VpcId" },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        RecordId = { "integer", required = true },
        UserClientIp = { "string" },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    DescribeRegions = {
      kind = "read", rate = { calls = 20, seconds = 1 },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        UserClientIp = { "string" },
        AcceptLanguage = { "string" },
        AuthorizedUserId = { "integer" },
        VpcType = { "string", enum = { "STANDARD", "EDS" } },
        Scene = { "string", enum = { "AUTH", "FWD", "RA" } },
      },
    },
    DescribeUserServiceStatus = {
      kind = "read", rate = { calls = 5, seconds = 1 },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
      },
    },
    DescribeZoneInfo = {
      kind = "read", rate = { calls = 20, seconds = 1 },
      not_found = { "Zone.Invalid.Id", "Zone.NotExists", "ZoneVpc.NotExists.VpcId" },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        ZoneId = { "string", required = true },
      },
    },
    DescribeZoneRecord = {
      kind = "read", rate = { calls = 20, seconds = 1 },
      parameters = {
        RecordId = { "integer", required = true },
      },
    },
    DescribeZoneRecords = {
      kind = "read", rate = { calls = 100, seconds = 1 },
      not_found = { "Zone.Invalid.Id", "Zone.NotExists", "ZoneVpc.NotExists.VpcId" },
      paging = {
        style = "number", cursor = "PageNumber", size = "PageSize", max = 100, total = "TotalItems",
        items = "Records.Record",
      },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        Keyword = { "string" },
        ZoneId = { "string", required = true },
        PageNumber = { "integer", min = 1 },
        PageSize = { "integer", min = 1, max = 100 },
        UserClientIp = { "string" },
        Tag = { "string", enum = { "ecs" } },
        SearchMode = { "string", enum = { "LIKE", "EXACT" } },
      },
    },
    DescribeZoneVpcTree = {
      kind = "read", rate = { calls = 5, seconds = 1 },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        UserClientIp = { "string" },
      },
    },
    DescribeZones = {
      kind = "read", rate = { calls = 20, seconds = 1 },
      paging = {
        style = "number", cursor = "PageNumber", size = "PageSize", max = 100, total = "TotalItems",
        items = "Zones.Zone",
      },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        PageNumber = { "integer", min = 1 },
        PageSize = { "integer", min = 1, max = 100 },
        Keyword = { "string" },
        SearchMode = { "string", enum = { "LIKE", "EXACT" } },
        QueryRegionId = { "string" },
        QueryVpcId = { "string" },
        ResourceGroupId = { "string" },
        ZoneType = { "string", enum = { "AUTH_ZONE", "CLOUD_PRODUCT_ZONE" } },
        ZoneTag = { "list", max_items = 10000, of = "string" },
        ResourceTag = { "list", max_items = 10, fields = {
          Key = { "string", max_length = 64, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_contains = no_url },
        } },
      },
    },
    SetProxyPattern = {
      kind = "write", client_token = true, rate = { calls = 5, seconds = 1 },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        ZoneId = { "string", required = true },
        ProxyPattern = { "string", required = true, enum = { "ZONE", "RECORD" } },
        UserClientIp = { "string" },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    SetZoneRecordStatus = {
      kind = "write", client_token = true, rate = { calls = 20, seconds = 1 },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        RecordId = { "integer", required = true },
        Status = { "string", required = true, enum = { "ENABLE", "DISABLE" } },
        UserClientIp = { "string" },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    UpdateRecordRemark = {
      kind = "write", client_token = true, rate = { calls = 5, seconds = 1 },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        RecordId = { "integer", required = true },
        Remark = { "string" },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    UpdateZoneRecord = {
      kind = "write", client_token = true, rate = { calls = 20, seconds = 1 },
      parameters = {
        Rr = { "string", required = true },
        Lang = { "string", enum = { "zh", "en" } },
        RecordId = { "integer", required = true },
        Line = { "string" },
        Weight = { "integer", min = 1, max = 100 },
        Type = { "string", required = true, enum = { "A", "AAAA", "CNAME", "TXT", "MX", "PTR", "SRV" } },
        Ttl = { "integer", min = 5, max = 86400, enum = { 5, 30, 60, 3600, 43200, 86400 } },
        Priority = { "integer", min = 1, max = 99 },
        Value = { "string", required = true },
        UserClientIp = { "string" },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    UpdateZoneRemark = {
      kind = "write", client_token = true, rate = { calls = 5, seconds = 1 },
      parameters = {
        Lang = { "string", enum = { "zh", "en" } },
        ZoneId = { "string", required = true },
        Remark = { "string" },
        UserClientIp = { "string" },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
  },
}
