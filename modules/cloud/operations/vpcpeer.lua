-- SPDX-License-Identifier: MIT
-- VpcPeer 2022-01-01: VPC peering connections. Facts of the published API metadata; the fields are
-- explained in docs/reference/cloud.md ("Operation data").
local no_url <const> = { "http://", "https://" }
local no_acs <const> = { "aliyun", "acs:" }

return {
  product = "vpcpeer", name = "VpcPeer", version = "2022-01-01", style = "RPC",
  operations = {
    AcceptVpcPeerConnection = {
      kind = "write", client_token = true, dry_run = true,
      final = { "IncorrectStatus.VpcPeer" },
      wait = {
        action = "GetVpcPeerConnectionAttribute", with = { "InstanceId" }, field = "Status",
        good = { "Activated" }, bad = { "Rejected", "Expired", "Deleting", "Deleted" }, timeout = 300,
      },
      parameters = {
        InstanceId = { "string", required = true, place = "form" },
        DryRun = { "boolean", place = "form" },
        ClientToken = { "string", place = "form", max_length = 64, ascii = true },
        ResourceGroupId = { "string", place = "form" },
        Tag = { "list", min_items = 1, max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    CreateVpcPeerConnection = {
      kind = "write", client_token = true, dry_run = true,
      wait = {
        action = "GetVpcPeerConnectionAttribute", with = { "InstanceId" }, field = "Status",
        good = { "Activated", "Accepting" }, bad = { "Rejected", "Expired", "Deleting", "Deleted" },
        timeout = 300,
      },
      parameters = {
        RegionId = { "string", required = true, place = "form" },
        VpcId = { "string", required = true, place = "form" },
        AcceptingAliUid = { "integer", required = true, place = "form" },
        AcceptingRegionId = { "string", required = true, place = "form" },
        AcceptingVpcId = { "string", required = true, place = "form" },
        Name = { "string", place = "form", min_length = 2, max_length = 128, start = "letter" },
        Description = {
          "string", place = "form", min_length = 2, max_length = 256,
          not_prefix = no_url, start = "letter",
        },
        DryRun = { "boolean", place = "form" },
        ClientToken = { "string", place = "form", max_length = 64, ascii = true },
        ResourceGroupId = { "string", place = "form" },
        Bandwidth = { "integer", place = "form", min = 1 },
        LinkType = { "string", enum = { "Platinum", "Gold" } },
        Tag = { "list", min_items = 1, max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
      },
    },
    DeleteVpcPeerConnection = {
      kind = "write", client_token = true, dry_run = true,
      not_found = { "ResourceNotFound.InstanceId" },
      wait = {
        action = "GetVpcPeerConnectionAttribute", with = { "InstanceId" }, field = "Status",
        good = { "Deleted" }, gone = true, timeout = 300,
      },
      parameters = {
        InstanceId = { "string", required = true, place = "form" },
        Force = { "boolean", place = "form" },
        DryRun = { "boolean", place = "form" },
        ClientToken = { "string", place = "form", max_length = 64, ascii = true },
      },
    },
    GetVpcPeerConnectionAttribute = {
      kind = "read",
      not_found = { "ResourceNotFound.InstanceId" },
      final = { "IncorrectStatus.VpcPeer" },
      parameters = {
        InstanceId = { "string", required = true, place = "form" },
      },
    },
    ListTagResources = {
      kind = "read",
      not_found = { "InvalidInstanceIds.NotFound" },
      paging = {
        style = "token", cursor = "NextToken", next = "NextToken", size = "MaxResults", max = 50,
        items = "TagResources",
      },
      parameters = {
        ResourceType = { "string", required = true, enum = { "PeerConnection" } },
        ResourceId = { "list", max_items = 50, deprecated = true, of = "string" },
        Tag = { "list", max_items = 20, deprecated = true, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
        MaxResults = { "integer", min = 1, max = 50 },
        NextToken = { "string" },
        RegionId = { "string", required = true },
        Category = { "string", enum = { "All", "Custom", "System" } },
      },
    },
    ListVpcPeerConnections = {
      kind = "read",
      paging = {
        style = "token", cursor = "NextToken", next = "NextToken", size = "MaxResults", max = 100,
        items = "VpcPeerConnects",
      },
      parameters = {
        RegionId = { "string", place = "form" },
        InstanceId = { "string", place = "form" },
        VpcId = { "list", place = "form", wire = "comma", max_items = 2, of = "string" },
        Name = { "string", place = "form" },
        NextToken = { "string", place = "form" },
        MaxResults = { "integer", place = "form", min = 1, max = 100 },
        Tags = { "list", max_items = 10, fields = {
          Value = { "string", max_length = 128 },
          Key = { "string", max_length = 128 },
        } },
        ResourceGroupId = { "string" },
      },
    },
    ModifyVpcPeerConnection = {
      kind = "write", client_token = true, dry_run = true,
      wait = {
        action = "GetVpcPeerConnectionAttribute", with = { "InstanceId" }, field = "Status",
        good = { "Activated" }, timeout = 300,
      },
      parameters = {
        InstanceId = { "string", required = true, place = "form" },
        Name = { "string", place = "form", min_length = 1, max_length = 128, not_prefix = no_url },
        Description = { "string", place = "form", min_length = 1, max_length = 256, not_prefix = no_url },
        Bandwidth = { "integer", place = "form", min = 1 },
        DryRun = { "boolean", place = "form" },
        ClientToken = { "string", place = "form", max_length = 64, ascii = true },
        LinkType = { "string", enum = { "Platinum", "Gold" } },
      },
    },
    MoveResourceGroup = {
      kind = "write",
      parameters = {
        ResourceId = { "string", required = true },
        ResourceType = { "string", required = true, enum = { "PeerConnection" } },
        NewResourceGroupId = { "string", required = true },
        RegionId = { "string", required = true },
      },
    },
    RejectVpcPeerConnection = {
      kind = "write", client_token = true, dry_run = true,
      final = { "IncorrectStatus.VpcPeer" },
      wait = {
        action = "GetVpcPeerConnectionAttribute", with = { "InstanceId" }, field = "Status",
        good = { "Rejected" }, timeout = 300,
      },
      parameters = {
        InstanceId = { "string", required = true, place = "form" },
        DryRun = { "boolean", place = "form" },
        ClientToken = { "string", place = "form", max_length = 64, ascii = true },
      },
    },
    TagResources = {
      kind = "write", client_token = true,
      parameters = {
        ResourceId = { "list", required = true, min_items = 1, max_items = 50, of = "string" },
        Tag = { "list", required = true, min_items = 1, max_items = 20, fields = {
          Key = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
          Value = { "string", max_length = 128, not_prefix = no_acs, not_contains = no_url },
        } },
        ResourceType = { "string", required = true, enum = { "PeerConnection" } },
        ClientToken = { "string", max_length = 64, ascii = true },
        RegionId = { "string", required = true },
      },
    },
    UnTagResources = {
      kind = "write", client_token = true,
      not_found = { "InvalidInstanceIds.NotFound" },
      parameters = {
        ResourceId = { "list", required = true, min_items = 1, max_items = 50, of = "string" },
        TagKey = { "list", max_items = 20, of = "string" },
        All = { "boolean" },
        ResourceType = { "string", required = true, enum = { "PeerConnection" } },
        ClientToken = { "string", max_length = 64, ascii = true },
        RegionId = { "string", required = true },
      },
    },
  },
}
