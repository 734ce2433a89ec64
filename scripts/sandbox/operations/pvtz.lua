-- SPDX-License-Identifier: MIT
-- Published facts of pvtz 2018-01-01: operations, parameters, limits, error codes.
-- Data only; scripts/sandbox/operations/README.md tells what the fields mean.

return {
  product = "pvtz",
  version = "2018-01-01",
  style = "RPC",
  operations = {
    AddZone = {
      kind = "write", client_token = true, ram = "pvtz:AddZone", rate = { calls = 5, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "ZoneName", "string" },
        { "ProxyPattern", "string", enum = { "ZONE", "RECORD" } },
        { "ResourceGroupId", "string" },
        { "ZoneType", "string" },
        { "ZoneTag", "string" },
        { "ClientToken", "string", max_length = 64 },
        { "DnsGroup", "string", enum = { "NORMAL_ZONE", "FAST_ZONE" } },
      },
    },
    DeleteZone = {
      kind = "write", client_token = true, ram = "pvtz:DeleteZone", rate = { calls = 5, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "ZoneId", "string", required = true },
        { "UserClientIp", "string" },
        { "ClientToken", "string", max_length = 64 },
      },
    },
    CheckZoneName = {
      kind = "read", ram = "pvtz:CheckZoneName", rate = { calls = 5, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "ZoneName", "string" },
        { "UserClientIp", "string" },
      },
    },
    DescribeZones = {
      kind = "read", ram = "pvtz:DescribeZones", rate = { calls = 20, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "PageNumber", "integer", min = 1 },
        { "PageSize", "integer", min = 1, max = 100 },
        { "Keyword", "string" },
        { "SearchMode", "string", enum = { "LIKE", "EXACT" } },
        { "QueryRegionId", "string" },
        { "QueryVpcId", "string" },
        { "ResourceGroupId", "string" },
        { "ZoneType", "string", enum = { "AUTH_ZONE", "CLOUD_PRODUCT_ZONE" } },
        { "ZoneTag", "strings", max_items = 10000 },
        { "ResourceTag", "objects", max_items = 10, fields = {
          { "Key", "string", max_length = 64, not_prefix = { "acs:", "aliyun" },
            not_contains = { "http://", "https://" } },
          { "Value", "string", max_length = 128, not_contains = { "http://", "https://" } },
        } },
      },
    },
    DescribeZoneInfo = {
      kind = "read", ram = "pvtz:DescribeZoneInfo", rate = { calls = 20, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "ZoneId", "string", required = true },
      },
      errors = {
        [400] = { "IllegalUser", "InvalidParameter", "Zone.Invalid.Id", "Zone.Invalid.Name", "Zone.Invalid.UserId",
          "Zone.NotExists", "Zone.VpcExists" },
      },
    },
    DescribeZoneVpcTree = {
      kind = "read", ram = "pvtz:DescribeZoneVpcTree", rate = { calls = 5, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "UserClientIp", "string" },
      },
    },
    BindZoneVpc = {
      kind = "write", client_token = true, ram = "pvtz:BindZoneVpc", rate = { calls = 5, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "ZoneId", "string", required = true },
        { "UserClientIp", "string" },
        { "Vpcs", "objects", max_items = 500, fields = {
          { "VpcId", "string" },
          { "RegionId", "string" },
          { "VpcType", "string", enum = { "STANDARD", "EDS" } },
        } },
        { "ClientToken", "string", max_length = 64 },
      },
      errors = {
        [400] = { "ZoneVpc.Zone.Repeated" },
      },
    },
    SetProxyPattern = {
      kind = "write", client_token = true, ram = "pvtz:SetProxyPattern", rate = { calls = 5, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "ZoneId", "string", required = true },
        { "ProxyPattern", "string", required = true, enum = { "ZONE", "RECORD" } },
        { "UserClientIp", "string" },
        { "ClientToken", "string", max_length = 64 },
      },
      errors = {
        [400] = { "Zone.Remark" },
      },
    },
    UpdateZoneRemark = {
      kind = "write", client_token = true, ram = "pvtz:UpdateZoneRemark", rate = { calls = 5, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "ZoneId", "string", required = true },
        { "Remark", "string" },
        { "UserClientIp", "string" },
        { "ClientToken", "string", max_length = 64 },
      },
      errors = {
        [400] = { "Zone.Remark" },
      },
    },
    AddZoneRecord = {
      kind = "write", client_token = true, ram = "pvtz:AddZoneRecord", rate = { calls = 20, seconds = 1 },
      parameters = {
        { "ZoneId", "string", required = true },
        { "Lang", "string", enum = { "zh", "en" } },
        { "Rr", "string", required = true },
        { "Type", "string", required = true, enum = { "A", "AAAA", "CNAME", "TXT", "MX", "PTR", "SRV" } },
        { "Line", "string" },
        { "Weight", "integer", min = 1, max = 100 },
        { "Ttl", "integer", min = 5, max = 86400, enum = { 5, 30, 60, 3600, 43200, 86400 } },
        { "Priority", "integer", min = 1, max = 99 },
        { "Value", "string", required = true },
        { "UserClientIp", "string" },
        { "Remark", "string" },
        { "ClientToken", "string", max_length = 64 },
      },
    },
    DeleteZoneRecord = {
      kind = "write", client_token = true, ram = "pvtz:DeleteZoneRecord", rate = { calls = 20, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "RecordId", "int64", required = true },
        { "UserClientIp", "string" },
        { "ClientToken", "string", max_length = 64 },
      },
    },
    UpdateZoneRecord = {
      kind = "write", client_token = true, ram = "pvtz:UpdateZoneRecord", rate = { calls = 20, seconds = 1 },
      parameters = {
        { "Rr", "string", required = true },
        { "Lang", "string", enum = { "zh", "en" } },
        { "RecordId", "int64", required = true },
        { "Line", "string" },
        { "Weight", "integer", min = 1, max = 100 },
        { "Type", "string", required = true, enum = { "A", "AAAA", "CNAME", "TXT", "MX", "PTR", "SRV" } },
        { "Ttl", "integer", min = 5, max = 86400, enum = { 5, 30, 60, 3600, 43200, 86400 } },
        { "Priority", "integer", min = 1, max = 99 },
        { "Value", "string", required = true },
        { "UserClientIp", "string" },
        { "ClientToken", "string", max_length = 64 },
      },
    },
    SetZoneRecordStatus = {
      kind = "write", client_token = true, ram = "pvtz:SetZoneRecordStatus", rate = { calls = 20, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "RecordId", "int64", required = true },
        { "Status", "string", required = true, enum = { "ENABLE", "DISABLE" } },
        { "UserClientIp", "string" },
        { "ClientToken", "string", max_length = 64 },
      },
    },
    UpdateRecordRemark = {
      kind = "write", client_token = true, ram = "pvtz:UpdateRecordRemark", rate = { calls = 5, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "RecordId", "int64", required = true },
        { "Remark", "string" },
        { "ClientToken", "string", max_length = 64 },
      },
      errors = {
        [400] = { "Zone.Remark" },
      },
    },
    DescribeZoneRecords = {
      kind = "read", ram = "pvtz:DescribeZoneRecords", rate = { calls = 100, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "Keyword", "string" },
        { "ZoneId", "string", required = true },
        { "PageNumber", "integer", min = 1 },
        { "PageSize", "integer", min = 1, max = 100 },
        { "UserClientIp", "string" },
        { "Tag", "string", enum = { "ecs" } },
        { "SearchMode", "string", enum = { "LIKE", "EXACT" } },
      },
    },
    DescribeZoneRecord = {
      kind = "read", ram = "pvtz:DescribeZoneRecord", rate = { calls = 20, seconds = 1 },
      parameters = {
        { "RecordId", "int64", required = true },
      },
    },
    DescribeRegions = {
      kind = "read", ram = "pvtz:DescribeRegions", rate = { calls = 20, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
        { "UserClientIp", "string" },
        { "AcceptLanguage", "string" },
        { "AuthorizedUserId", "int64" },
        { "VpcType", "string", enum = { "STANDARD", "EDS" } },
        { "Scene", "string", enum = { "AUTH", "FWD", "RA" } },
      },
    },
    DescribeUserServiceStatus = {
      kind = "read", ram = "pvtz:DescribeUserServiceStatus", rate = { calls = 5, seconds = 1 },
      parameters = {
        { "Lang", "string", enum = { "zh", "en" } },
      },
    },
  },
}
