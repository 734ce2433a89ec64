-- SPDX-License-Identifier: MIT
-- Cbn 2017-09-12: Cloud Enterprise Network. Facts of the published API metadata; the fields are
-- explained in docs/reference/cloud.md ("Operation data").
local no_url <const> = { "http://", "https://" }
local no_acs <const> = { "aliyun", "acs:" }

return {
  product = "cbn", name = "Cbn", version = "2017-09-12", style = "RPC",
  operations = {
    CreateCen = {
      kind = "write", client_token = true,
      parameters = {
        ClientToken = { "string", max_length = 64, ascii = true },
        Name = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        ProtectionLevel = { "string", enum = { "REDUCED" } },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    CreateTransitRouter = {
      kind = "write", client_token = true, dry_run = true,
      wait = {
        action = "ListTransitRouters", with = { "RegionId", "CenId", "TransitRouterId" },
        field = "TransitRouters.Status", good = { "Active" }, match = { "TransitRouterId" }, timeout = 300,
      },
      parameters = {
        ClientToken = { "string", max_length = 64, ascii = true },
        CenId = { "string", required = true },
        RegionId = { "string", required = true },
        TransitRouterName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        TransitRouterDescription = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        DryRun = { "boolean" },
        SupportMulticast = { "boolean" },
        TransitRouterCidrList = { "list", wire = "json", max_items = 5, fields = {
          Cidr = { "string" },
          Name = { "string", min_length = 1, max_length = 128 },
          Description = { "string", min_length = 1, max_length = 256 },
          PublishCidrRoute = { "boolean" },
        } },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    CreateTransitRouterPeerAttachment = {
      kind = "write", client_token = true, dry_run = true,
      wait = {
        action = "ListTransitRouterPeerAttachments",
        with = { "RegionId", "CenId", "TransitRouterAttachmentId" }, field = "TransitRouterAttachments.Status",
        good = { "Attached" }, match = { "TransitRouterAttachmentId" }, timeout = 300,
      },
      parameters = {
        ClientToken = { "string", max_length = 64, ascii = true },
        CenId = { "string" },
        TransitRouterId = { "string" },
        RegionId = { "string" },
        TransitRouterAttachmentName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        TransitRouterAttachmentDescription = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        PeerTransitRouterId = { "string", required = true },
        PeerTransitRouterRegionId = { "string" },
        AutoPublishRouteEnabled = { "boolean" },
        Bandwidth = { "integer", min = 0, max = 100000000 },
        CenBandwidthPackageId = { "string" },
        DryRun = { "boolean" },
        BandwidthType = { "string", enum = { "BandwidthPackage", "DataTransfer" } },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
        DefaultLinkType = { "string", enum = { "Gold", "Platinum" } },
      },
    },
    CreateTransitRouterVpcAttachment = {
      kind = "write", client_token = true, dry_run = true,
      wait = {
        action = "ListTransitRouterVpcAttachments", with = { "RegionId", "CenId", "TransitRouterAttachmentId" },
        field = "TransitRouterAttachments.Status", good = { "Attached" },
        match = { "TransitRouterAttachmentId" }, timeout = 300,
      },
      parameters = {
        ClientToken = { "string", max_length = 64, ascii = true },
        CenId = { "string" },
        TransitRouterId = { "string" },
        RegionId = { "string" },
        TransitRouterAttachmentName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        TransitRouterAttachmentDescription = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        VpcId = { "string", required = true },
        VpcOwnerId = { "integer" },
        ChargeType = { "string", enum = { "POSTPAY" } },
        DryRun = { "boolean" },
        ZoneMappings = { "list", required = true, max_items = 10, fields = {
          VSwitchId = { "string", required = true },
          ZoneId = { "string", required = true },
        } },
        AutoPublishRouteEnabled = { "boolean" },
        TransitRouterVPCAttachmentOptions = { "object", wire = "json" },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    DescribeCens = {
      kind = "read",
      paging = {
        style = "number", cursor = "PageNumber", size = "PageSize", max = 50, total = "TotalCount",
        items = "Cens.Cen",
      },
      parameters = {
        PageNumber = { "integer" },
        PageSize = { "integer" },
        ResourceGroupId = { "string" },
        Filter = { "list", max_items = 5, fields = {
          Key = { "string", enum = { "CenId", "Name" } },
          Value = { "list", max_items = 5, of = "string" },
        } },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    DescribeRouteServicesInCen = {
      kind = "read",
      paging = {
        style = "number", cursor = "PageNumber", size = "PageSize", max = 50, total = "TotalCount",
        items = "RouteServiceEntries.RouteServiceEntry",
      },
      parameters = {
        PageNumber = { "integer" },
        PageSize = { "integer" },
        CenId = { "string", required = true },
        Host = { "string" },
        HostRegionId = { "string" },
        AccessRegionId = { "string" },
        HostVpcId = { "string" },
      },
    },
    ListTransitRouterPeerAttachments = {
      kind = "read",
      paging = {
        style = "token", cursor = "NextToken", next = "NextToken", size = "MaxResults", max = 100,
        items = "TransitRouterAttachments",
      },
      parameters = {
        CenId = { "string" },
        RegionId = { "string" },
        TransitRouterAttachmentId = { "string" },
        TransitRouterId = { "string" },
        MaxResults = { "integer", min = 0, max = 100 },
        NextToken = { "string" },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    ListTransitRouterVpcAttachments = {
      kind = "read",
      paging = {
        style = "token", cursor = "NextToken", next = "NextToken", size = "MaxResults", max = 100,
        items = "TransitRouterAttachments",
      },
      parameters = {
        CenId = { "string" },
        RegionId = { "string" },
        TransitRouterAttachmentId = { "string" },
        TransitRouterId = { "string" },
        MaxResults = { "integer" },
        NextToken = { "string" },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
        VpcId = { "string" },
        OrderType = { "string", enum = { "PayByCenOwner", "PayByResourceOwner" } },
        Status = { "string" },
      },
    },
    ListTransitRouters = {
      kind = "read",
      paging = {
        style = "number", cursor = "PageNumber", size = "PageSize", max = 50, total = "TotalCount",
        items = "TransitRouters",
      },
      parameters = {
        PageNumber = { "integer" },
        PageSize = { "integer" },
        CenId = { "string" },
        TransitRouterId = { "string" },
        RegionId = { "string" },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
        Status = { "string" },
        Type = { "string" },
        TransitRouterName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        FeatureFilter = { "list", max_items = 1, fields = {
          Key = { "string" },
          Value = { "list", max_items = 1, of = "string" },
        } },
      },
    },
    ResolveAndRouteServiceInCen = {
      kind = "write", client_token = true,
      parameters = {
        ClientToken = { "string", max_length = 64, ascii = true },
        CenId = { "string", required = true },
        Host = { "string", required = true },
        HostRegionId = { "string", required = true },
        HostVpcId = { "string", required = true },
        Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        AccessRegionIds = { "list", required = true, max_items = 32, of = "string" },
      },
    },
  },
}
