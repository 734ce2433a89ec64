-- SPDX-License-Identifier: MIT
-- Vpc 2016-04-28: VPCs, vSwitches, route tables, network ACLs. Facts of the published API metadata; the fields are
-- explained in docs/reference/cloud.md ("Operation data").
local no_url <const> = { "http://", "https://" }
local no_acs <const> = { "aliyun", "acs:" }

return {
  product = "vpc", name = "Vpc", version = "2016-04-28", style = "RPC",
  operations = {
    AssociateNetworkAcl = {
      kind = "write", client_token = true, dry_run = true,
      wait = {
        action = "DescribeNetworkAclAttributes", with = { "RegionId", "NetworkAclId" },
        field = "NetworkAclAttribute.Resources.Resource.Status", good = { "BINDED" }, timeout = 300,
      },
      parameters = {
        Resource = { "list", max_items = 30, fields = {
          ResourceType = { "string", required = true, enum = { "VSwitch" } },
          ResourceId = { "string", required = true },
        } },
        NetworkAclId = { "string", required = true },
        RegionId = { "string", required = true },
        ClientToken = { "string", max_length = 64, ascii = true },
        DryRun = { "boolean" },
      },
    },
    AssociateRouteTable = {
      kind = "write", client_token = true,
      not_ready = { "OperationDenied.Ipv4GatewayNotActive" },
      wait = {
        action = "DescribeVSwitchAttributes", with = { "RegionId", "VSwitchId" }, field = "Status",
        good = { "Available" }, timeout = 300,
      },
      parameters = {
        RegionId = { "string", required = true },
        RouteTableId = { "string", required = true },
        VSwitchId = { "string", required = true },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    AssociateVpcCidrBlock = {
      kind = "write",
      parameters = {
        RegionId = { "string", required = true },
        VpcId = { "string", required = true },
        SecondaryCidrBlock = { "string" },
        SecondaryCidrMask = { "integer" },
        IPv6CidrBlock = { "string" },
        Ipv6Isp = { "string", enum = { "BGP", "ChinaMobile", "ChinaUnicom", "ChinaTelecom" } },
        IpVersion = { "string", enum = { "IPV4", "IPV6" } },
        IpamPoolId = { "string" },
        Ipv6CidrMask = { "integer" },
      },
    },
    CopyNetworkAclEntries = {
      kind = "write", client_token = true, dry_run = true,
      wait = {
        action = "DescribeNetworkAclAttributes", with = { "RegionId", "NetworkAclId" },
        field = "NetworkAclAttribute.Status", good = { "Available" }, timeout = 300,
      },
      parameters = {
        RegionId = { "string", required = true },
        NetworkAclId = { "string", required = true },
        SourceNetworkAclId = { "string", required = true },
        ClientToken = { "string", max_length = 64, ascii = true },
        DryRun = { "boolean" },
      },
    },
    CreateNetworkAcl = {
      kind = "write", client_token = true, dry_run = true,
      wait = {
        action = "DescribeNetworkAclAttributes", with = { "RegionId", "NetworkAclId" },
        field = "NetworkAclAttribute.Status", good = { "Available" }, timeout = 300,
      },
      parameters = {
        VpcId = { "string", required = true },
        NetworkAclName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        ClientToken = { "string", max_length = 64, ascii = true },
        DryRun = { "boolean" },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
        RegionId = { "string", required = true },
      },
    },
    CreateRouteEntries = {
      kind = "write", dry_run = true,
      parameters = {
        RegionId = { "string", required = true },
        RouteEntries = { "list", required = true, max_items = 50, fields = {
          DstCidrBlock = { "string", required = true },
          RouteTableId = { "string", required = true },
          IpVersion = { "integer", enum = { 4, 6 } },
          NextHop = { "string", required = true },
          NextHopType = { "string", required = true, enum = {
            "Instance", "HaVip", "RouterInterface", "NetworkInterface", "VpnGateway", "IPv6Gateway",
            "NatGateway", "Attachment", "VpcPeer", "Ipv4Gateway", "GatewayEndpoint", "CenBasic", "Ecr",
            "GatewayLoadBalancerEndpoint",
          } },
          Name = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
          Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        } },
        DryRun = { "boolean" },
      },
    },
    CreateRouteEntry = {
      kind = "write", client_token = true, dry_run = true,
      not_ready = { "InvalidVBRStatus" },
      wait = {
        action = "DescribeRouteEntryList", with = { "RegionId", "RouteTableId" },
        field = "RouteEntrys.RouteEntry.Status", good = { "Available" }, match = { "RouteEntryId" },
        timeout = 600,
      },
      parameters = {
        RegionId = { "string" },
        RouteTableId = { "string", required = true },
        DestinationCidrBlock = { "string", required = true },
        NextHopId = { "string" },
        ClientToken = { "string", max_length = 64, ascii = true },
        RouteEntryName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        NextHopType = { "string", enum = {
          "Instance", "HaVip", "RouterInterface", "NetworkInterface", "VpnGateway", "IPv6Gateway", "NatGateway",
          "Attachment", "VpcPeer", "Ipv4Gateway", "GatewayEndpoint", "Ecr", "GatewayLoadBalancerEndpoint",
        } },
        NextHopList = { "list", max_items = 16, fields = {
          NextHopId = { "string" },
          Weight = { "integer" },
          NextHopType = { "string", enum = { "RouterInterface" } },
        } },
        DryRun = { "boolean" },
      },
    },
    CreateRouteTable = {
      kind = "write", client_token = true,
      wait = {
        action = "DescribeRouteTableList", with = { "RegionId", "RouteTableId" },
        field = "RouterTableList.RouterTableListType.Status", good = { "Available" },
        match = { "RouteTableId" }, timeout = 600,
      },
      parameters = {
        RegionId = { "string", required = true },
        VpcId = { "string", required = true },
        RouteTableName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        AssociateType = { "string", enum = { "VSwitch", "Gateway" } },
        ClientToken = { "string", max_length = 64, ascii = true },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    CreateVSwitch = {
      kind = "write", client_token = true,
      not_ready = { "CreateVSwitch.IncorrectStatus.cbnStatus", "InvalidStatus.RouteEntry" },
      wait = {
        action = "DescribeVSwitchAttributes", with = { "RegionId", "VSwitchId" }, field = "Status",
        good = { "Available" }, timeout = 300,
      },
      parameters = {
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
        ZoneId = { "string", required = true },
        RegionId = { "string" },
        CidrBlock = { "string", required = true },
        Ipv6CidrBlock = { "integer", min = 0, max = 255 },
        VpcId = { "string", required = true },
        VSwitchName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        ClientToken = { "string", max_length = 64, ascii = true },
        VpcIpv6CidrBlock = { "string" },
      },
    },
    CreateVpc = {
      kind = "write", client_token = true, dry_run = true,
      wait = {
        action = "DescribeVpcAttribute", with = { "RegionId", "VpcId" }, field = "Status",
        good = { "Available" }, timeout = 600,
      },
      parameters = {
        RegionId = { "string", required = true },
        CidrBlock = { "string" },
        Ipv6CidrBlock = { "string" },
        VpcName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        EnableIpv6 = { "boolean" },
        Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        ResourceGroupId = { "string" },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
        DryRun = { "boolean" },
        UserCidr = { "string", wire = "comma", max_items = 3 },
        ClientToken = { "string", max_length = 64, ascii = true },
        Ipv6Isp = { "string", enum = { "BGP", "ChinaMobile", "ChinaUnicom", "ChinaTelecom" } },
        Ipv4IpamPoolId = { "string" },
        Ipv4CidrMask = { "integer" },
        EnableDnsHostname = { "boolean" },
        Ipv6IpamPoolId = { "string" },
        Ipv6CidrMask = { "integer" },
      },
    },
    DeleteNetworkAcl = {
      kind = "write", client_token = true, dry_run = true,
      not_found = { "InvalidNetworkAcl.NotFound" },
      wait = {
        action = "DescribeNetworkAcls", with = { "RegionId", "NetworkAclId" }, items = "NetworkAcls.NetworkAcl",
        gone = true, match = { "NetworkAclId" }, timeout = 300,
      },
      parameters = {
        NetworkAclId = { "string", required = true },
        RegionId = { "string", required = true },
        ClientToken = { "string", max_length = 64, ascii = true },
        DryRun = { "boolean" },
      },
    },
    DeleteRouteEntries = {
      kind = "write", dry_run = true,
      parameters = {
        RegionId = { "string", required = true },
        RouteEntries = { "list", max_items = 50, fields = {
          RouteTableId = { "string", required = true },
          RouteEntryId = { "string" },
          DstCidrBlock = { "string" },
          NextHop = { "string" },
        } },
        DryRun = { "boolean" },
      },
    },
    DeleteRouteEntry = {
      kind = "write", dry_run = true,
      not_found = {
        "InvalidRouteEntry.NotFound", "InvalidRouteEntryId.NotFound", "InvalidRouteTableId.NotFound",
        "InvalidVpcId.NotFound",
      },
      not_ready = { "InvalidVBRStatus" },
      wait = {
        action = "DescribeRouteEntryList", with = { "RegionId", "RouteTableId" },
        items = "RouteEntrys.RouteEntry", gone = true, match = { "RouteEntryId" }, timeout = 600,
      },
      parameters = {
        RegionId = { "string" },
        RouteTableId = { "string" },
        RouteEntryId = { "string" },
        DestinationCidrBlock = { "string" },
        NextHopId = { "string" },
        NextHopList = { "list", max_items = 16, fields = {
          NextHopId = { "string" },
          NextHopType = { "string", enum = { "RouterInterface" } },
        } },
        DryRun = { "boolean" },
      },
    },
    DeleteRouteTable = {
      kind = "write",
      wait = {
        action = "DescribeRouteTableList", with = { "RegionId", "RouteTableId" },
        items = "RouterTableList.RouterTableListType", gone = true, match = { "RouteTableId" }, timeout = 600,
      },
      parameters = {
        RegionId = { "string", required = true },
        RouteTableId = { "string", required = true },
      },
    },
    DeleteVSwitch = {
      kind = "write", dry_run = true,
      not_found = { "InvalidVSwitchId.NotFound", "InvalidVswitchID.NotFound" },
      not_ready = { "DeleteVSwitch.IncorrectStatus.cbnStatus" },
      wait = {
        action = "DescribeVSwitches", with = { "RegionId", "VSwitchId" }, items = "VSwitches.VSwitch",
        gone = true, match = { "VSwitchId" }, timeout = 300,
      },
      parameters = {
        VSwitchId = { "string", required = true },
        RegionId = { "string" },
        DryRun = { "boolean" },
      },
    },
    DeleteVpc = {
      kind = "write", client_token = true, dry_run = true,
      not_found = { "Forbidden.VpcNotFound", "InvalidResource.NotFound", "InvalidVpcId.NotFound" },
      wait = {
        action = "DescribeVpcs", with = { "RegionId", "VpcId" }, items = "Vpcs.Vpc", gone = true,
        match = { "VpcId" }, timeout = 600,
      },
      parameters = {
        VpcId = { "string", required = true },
        RegionId = { "string" },
        ForceDelete = { "boolean" },
        DryRun = { "boolean" },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    DescribeNetworkAclAttributes = {
      kind = "read", client_token = true,
      not_found = { "InvalidNetworkAcl.NotFound" },
      parameters = {
        NetworkAclId = { "string", required = true },
        RegionId = { "string", required = true },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    DescribeNetworkAcls = {
      kind = "read", client_token = true,
      paging = {
        style = "number", cursor = "PageNumber", size = "PageSize", max = 50, total = "TotalCount",
        items = "NetworkAcls.NetworkAcl",
      },
      parameters = {
        NetworkAclId = { "string" },
        NetworkAclName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        VpcId = { "string" },
        ResourceType = { "string", enum = { "VSwitch" } },
        ResourceId = { "string" },
        PageNumber = { "integer" },
        PageSize = { "integer", min = 1, max = 50 },
        RegionId = { "string", required = true },
        Tags = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128 },
          Value = { "string", max_length = 128 },
        } },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    DescribeRegions = {
      kind = "read",
      parameters = {
        ProductType = { "string" },
        AcceptLanguage = { "string" },
      },
    },
    DescribeRouteEntryList = {
      kind = "read",
      not_found = { "InvalidRouteTable.NotFound" },
      paging = {
        style = "token", cursor = "NextToken", next = "NextToken", size = "MaxResult", max = 100,
        items = "RouteEntrys.RouteEntry",
      },
      parameters = {
        RegionId = { "string", required = true },
        RouteTableId = { "string", required = true },
        RouteEntryId = { "string" },
        DestinationCidrBlock = { "string" },
        RouteEntryName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        IpVersion = { "string", enum = { "IPv4", "IPv6" } },
        RouteEntryType = { "string", enum = { "Custom", "System", "BGP", "CEN", "ECR" } },
        NextHopId = { "string" },
        NextHopType = { "string", enum = {
          "Instance", "HaVip", "VpnGateway", "NatGateway", "NetworkInterface", "RouterInterface", "IPv6Gateway",
          "Attachment", "Ipv4Gateway", "GatewayEndpoint", "CenBasic", "Ecr", "VpcPeer",
        } },
        MaxResult = { "integer", min = 1, max = 100 },
        NextToken = { "string" },
        ServiceType = { "string", enum = { "TR" } },
        DestCidrBlockList = { "list", max_items = 20, of = "string" },
      },
    },
    DescribeRouteTableList = {
      kind = "read",
      not_found = { "Abs.InstanceNotExist" },
      paging = {
        style = "number", cursor = "PageNumber", size = "PageSize", max = 50, total = "TotalCount",
        items = "RouterTableList.RouterTableListType",
      },
      parameters = {
        RouterType = { "string", enum = { "VRouter", "VBR" } },
        RouterId = { "string" },
        VpcId = { "string" },
        RouteTableId = { "string" },
        RouteTableName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        PageNumber = { "integer" },
        PageSize = { "integer", min = 1, max = 50 },
        ResourceGroupId = { "string" },
        RegionId = { "string", required = true },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
        RouteTableType = { "string", enum = { "System", "Custom" } },
      },
    },
    DescribeRouteTables = {
      kind = "read", deprecated = true,
      not_found = { "InvalidVRouterId.NotFound", "OperationFailed.VRouterNotExist" },
      paging = {
        style = "number", cursor = "PageNumber", size = "PageSize", max = 50, total = "TotalCount",
        items = "RouteTables.RouteTable",
      },
      parameters = {
        RegionId = { "string" },
        VRouterId = { "string" },
        RouteTableId = { "string" },
        RouterType = { "string", enum = { "VRouter", "VBR" } },
        RouterId = { "string" },
        Type = { "string" },
        RouteTableName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        ResourceGroupId = { "string" },
        PageNumber = { "integer", min = 1 },
        PageSize = { "integer", min = 1, max = 50 },
      },
    },
    DescribeVSwitchAttributes = {
      kind = "read", dry_run = true,
      not_found = { "InvalidVSwitchId.NotFound", "InvalidVswitchID.NotFound" },
      parameters = {
        VSwitchId = { "string", required = true },
        RegionId = { "string" },
        DryRun = { "boolean" },
      },
    },
    DescribeVSwitches = {
      kind = "read", dry_run = true,
      not_found = { "Forbidden.VpcNotFound", "InvalidVSwitchId.NotFound" },
      paging = {
        style = "number", cursor = "PageNumber", size = "PageSize", max = 50, total = "TotalCount",
        items = "VSwitches.VSwitch",
      },
      parameters = {
        VpcId = { "string" },
        VSwitchId = { "string" },
        ZoneId = { "string" },
        RegionId = { "string" },
        VSwitchName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        DryRun = { "boolean" },
        IsDefault = { "boolean" },
        RouteTableId = { "string" },
        ResourceGroupId = { "string" },
        PageNumber = { "integer", min = 1 },
        PageSize = { "integer", min = 1, max = 50 },
        VSwitchOwnerId = { "integer" },
        EnableIpv6 = { "boolean" },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    DescribeVpcAttribute = {
      kind = "read", dry_run = true,
      not_found = { "Forbidden.VpcNotFound", "InvalidVpcId.NotFound" },
      parameters = {
        VpcId = { "string", required = true },
        RegionId = { "string", required = true },
        DryRun = { "boolean" },
        IsDefault = { "boolean" },
      },
    },
    DescribeVpcs = {
      kind = "read", dry_run = true,
      not_found = { "Forbidden.VpcNotFound", "InvalidVpcID.NotFound" },
      paging = {
        style = "number", cursor = "PageNumber", size = "PageSize", max = 50, total = "TotalCount",
        items = "Vpcs.Vpc",
      },
      parameters = {
        VpcId = { "string", wire = "comma", max_items = 20 },
        RegionId = { "string", required = true },
        VpcName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        IsDefault = { "boolean" },
        DryRun = { "boolean" },
        ResourceGroupId = { "string" },
        PageNumber = { "integer", min = 1 },
        PageSize = { "integer", min = 1, max = 50 },
        VpcOwnerId = { "integer" },
        DhcpOptionsSetId = { "string" },
        EnableIpv6 = { "boolean" },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    DescribeZones = {
      kind = "read",
      parameters = {
        RegionId = { "string", required = true },
        ZoneType = { "string" },
        AcceptLanguage = { "string" },
      },
    },
    GetVpcRouteEntrySummary = {
      kind = "read",
      not_found = { "InvalidVpcId.NotFound" },
      parameters = {
        VpcId = { "string", required = true },
        RouteTableId = { "string" },
        RouteEntryType = { "string", required = true, enum = {
          "All", "Custom", "System", "BGP", "CEN", "ECR",
        } },
        RegionId = { "string", required = true },
      },
    },
    ListTagResources = {
      kind = "read",
      not_found = { "InvalidInstanceIds.NotFound" },
      paging = {
        style = "token", cursor = "NextToken", next = "NextToken", size = "MaxResults", max = 50,
        items = "TagResources.TagResource",
      },
      parameters = {
        ResourceType = { "string", required = true, enum = {
          "VPC", "VSWITCH", "ROUTETABLE", "EIP", "VpnGateway", "NATGATEWAY", "COMMONBANDWIDTHPACKAGE",
        } },
        NextToken = { "string" },
        MaxResults = { "integer", min = 1, max = 50 },
        ResourceId = { "list", max_items = 20, of = "string" },
        RegionId = { "string", required = true },
        Tag = { "list", max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    ModifyNetworkAclAttributes = {
      kind = "write", client_token = true, dry_run = true,
      parameters = {
        NetworkAclId = { "string", required = true },
        NetworkAclName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        RegionId = { "string", required = true },
        ClientToken = { "string", max_length = 64, ascii = true },
        DryRun = { "boolean" },
      },
    },
    ModifyRouteEntry = {
      kind = "write", dry_run = true,
      not_ready = { "InvalidVBRStatus" },
      wait = {
        action = "DescribeRouteEntryList", with = { "RegionId", "RouteTableId" },
        field = "RouteEntrys.RouteEntry.Status", good = { "Available" }, match = { "RouteEntryId" },
        timeout = 600,
      },
      parameters = {
        RegionId = { "string", required = true },
        RouteEntryName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
        RouteEntryId = { "string" },
        Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
        NewNextHopType = { "string", enum = {
          "HaVip", "VpnGateway", "GatewayLoadBalancerEndpoint", "VpcPeer", "Instance", "NetworkInterface",
          "NatGateway", "Attachment", "Ipv4Gateway", "GatewayEndpoint", "Ecr", "RouterInterface", "IPv6Gateway",
        } },
        NewNextHopId = { "string" },
        RouteTableId = { "string" },
        DestinationCidrBlock = { "string" },
        DryRun = { "boolean" },
      },
    },
    TagResources = {
      kind = "write",
      parameters = {
        ResourceType = { "string", required = true, enum = {
          "VPC", "VSWITCH", "ROUTETABLE", "EIP", "VpnGateway", "NATGATEWAY", "COMMONBANDWIDTHPACKAGE",
        } },
        ResourceId = { "list", required = true, max_items = 20, of = "string" },
        RegionId = { "string", required = true },
        Tag = { "list", required = true, max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    UnTagResources = {
      kind = "write",
      not_found = { "InvalidInstanceIds.NotFound" },
      parameters = {
        ResourceType = { "string", required = true, enum = {
          "VPC", "VSWITCH", "ROUTETABLE", "EIP", "VpnGateway", "NATGATEWAY", "COMMONBANDWIDTHPACKAGE",
        } },
        All = { "boolean" },
        ResourceId = { "list", required = true, max_items = 20, of = "string" },
        TagKey = { "list", max_items = 20, of = "string" },
        RegionId = { "string", required = true },
      },
    },
    UnassociateNetworkAcl = {
      kind = "write", client_token = true, dry_run = true,
      not_found = { "InvalidNetworkAcl.NotFound", "InvalidResource.NotBinding", "InvalidResource.NotFound" },
      wait = {
        action = "DescribeNetworkAclAttributes", with = { "RegionId", "NetworkAclId" },
        items = "NetworkAclAttribute.Resources.Resource", gone = true, timeout = 300,
      },
      parameters = {
        Resource = { "list", max_items = 30, fields = {
          ResourceType = { "string", required = true, enum = { "VSwitch" } },
          ResourceId = { "string", required = true },
        } },
        NetworkAclId = { "string", required = true },
        RegionId = { "string", required = true },
        ClientToken = { "string", max_length = 64, ascii = true },
        DryRun = { "boolean" },
      },
    },
    UnassociateRouteTable = {
      kind = "write", client_token = true,
      not_found = { "InvalidRouteTableId.NotFound", "InvalidVSwitchId.NotFound" },
      not_ready = { "OperationDenied.Ipv4GatewayNotActive" },
      wait = {
        action = "DescribeVSwitchAttributes", with = { "RegionId", "VSwitchId" }, field = "Status",
        good = { "Available" }, timeout = 300,
      },
      parameters = {
        RegionId = { "string", required = true },
        RouteTableId = { "string", required = true },
        VSwitchId = { "string", required = true },
        ClientToken = { "string", max_length = 64, ascii = true },
      },
    },
    UnassociateVpcCidrBlock = {
      kind = "write",
      not_found = { "InvalidIpv6CidrBlock.NotFound", "InvalidSecondaryCidrBlock.NotFound", "InvalidVpc.NotFound" },
      not_ready = { "OperationFailed.CidrInUse" },
      parameters = {
        RegionId = { "string", required = true },
        VpcId = { "string", required = true },
        SecondaryCidrBlock = { "string" },
        IPv6CidrBlock = { "string" },
      },
    },
    UpdateNetworkAclEntries = {
      kind = "write", client_token = true, dry_run = true,
      wait = {
        action = "DescribeNetworkAclAttributes", with = { "RegionId", "NetworkAclId" },
        field = "NetworkAclAttribute.Status", good = { "Available" }, timeout = 300,
      },
      parameters = {
        IngressAclEntries = { "list", max_items = 100, fields = {
          NetworkAclEntryId = { "string" },
          EntryType = { "string", enum = { "custom" } },
          NetworkAclEntryName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
          Policy = { "string", enum = { "accept", "drop" } },
          SourceCidrIp = { "string" },
          IpVersion = { "string", enum = { "IPv4", "IPv6" } },
          Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
          Protocol = { "string", enum = { "icmp", "gre", "tcp", "udp", "all" } },
          Port = { "string" },
        } },
        EgressAclEntries = { "list", max_items = 100, fields = {
          NetworkAclEntryId = { "string" },
          EntryType = { "string", enum = { "custom" } },
          NetworkAclEntryName = { "string", min_length = 1, max_length = 128, not_prefix = no_url },
          Policy = { "string", enum = { "accept", "drop" } },
          Description = { "string", min_length = 1, max_length = 256, not_prefix = no_url },
          Protocol = { "string", enum = { "icmp", "gre", "tcp", "udp", "all" } },
          DestinationCidrIp = { "string" },
          IpVersion = { "string", enum = { "IPv4", "IPv6" } },
          Port = { "string" },
        } },
        UpdateIngressAclEntries = { "boolean" },
        UpdateEgressAclEntries = { "boolean" },
        NetworkAclId = { "string", required = true },
        RegionId = { "string", required = true },
        ClientToken = { "string", max_length = 64, ascii = true },
        DryRun = { "boolean" },
      },
    },
  },
}
