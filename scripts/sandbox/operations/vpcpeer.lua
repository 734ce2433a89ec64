-- SPDX-License-Identifier: MIT
-- Published facts of VpcPeer 2022-01-01: operations, parameters, limits, error codes.
-- Data only; scripts/sandbox/operations/README.md tells what the fields mean.

local tag_fields = {
  { "Key", "string", max_length = 128, not_prefix = { "acs:", "aliyun" }, not_contains = { "http://", "https://" } },
  { "Value", "string", max_length = 128, not_prefix = { "acs:", "aliyun" },
    not_contains = { "http://", "https://" } },
}

local tag_fields_2 = {
  { "Key", "string", max_length = 128 },
  { "Value", "string", max_length = 128 },
}

return {
  product = "VpcPeer",
  version = "2022-01-01",
  style = "RPC",
  operations = {
    CreateVpcPeerConnection = {
      kind = "write", client_token = true, dry_run = true, ram = "vpc:CreateVpcPeerConnection",
      parameters = {
        { "RegionId", "string", required = true },
        { "VpcId", "string", required = true },
        { "AcceptingAliUid", "int64", required = true },
        { "AcceptingRegionId", "string", required = true },
        { "AcceptingVpcId", "string", required = true },
        { "Name", "string", min_length = 2, max_length = 128, form = "name" },
        { "Description", "string", min_length = 2, max_length = 256, not_prefix = { "http://", "https://" },
          form = "letter_first" },
        { "DryRun", "boolean" },
        { "ClientToken", "string", max_length = 64 },
        { "ResourceGroupId", "string" },
        { "Bandwidth", "integer", min = 1 },
        { "LinkType", "string", enum = { "Platinum", "Gold" } },
        { "Tag", "objects", max_items = 20, fields = tag_fields },
      },
      errors = {
        [400] = { "IncorrectBusinessStatus.AcceptUserVpcPeer", "IncorrectBusinessStatus.AcceptVpcPeer",
          "IncorrectBusinessStatus.VpcPeer", "IncorrectStatus.AcceptingVpc", "IncorrectStatus.Vpc",
          "OperationDenied.CloudBoxExistsInAcceptingVpc", "OperationDenied.CloudBoxExistsInVpc",
          "OperationDenied.OperateShareResource", "OperationFailed.AcceptUserCdtNotOpened",
          "OperationFailed.AcceptUserCrossBorderCdtNotOpened", "OperationFailed.CdtNotOpened",
          "OperationFailed.ChargeTypeNotSupported", "OperationFailed.CrossBorderCdtNotOpened",
          "OperationFailed.CrossBusinessNotAllowed", "OperationFailed.InterRegionLinkTypeNotSupported",
          "OperationFailed.NotExist.ResourceGroup", "OperationFailed.RegionIdNotSupportLinkType",
          "OperationFailed.SpecificLinkTypeNotSupported", "OperationFailed.ViolativeVpcPeer",
          "QuotaExceeded.CrossRegionVpcPeerCountPerVpc", "QuotaExceeded.IntraRegionVpcPeerCountPerVpc",
          "QuotaExceeded.VpcPeerCountPerUserPerRegion", "QuotaExceeded.VpcPeerCountPerVpc",
          "ResourceAlreadyExist.RouterInterface", "ResourceAlreadyExist.VpcPeer", "UnsupportedRegion" },
      },
    },
    AcceptVpcPeerConnection = {
      kind = "write", client_token = true, dry_run = true, ram = "vpc:AcceptVpcPeerConnection",
      parameters = {
        { "InstanceId", "string", required = true },
        { "DryRun", "boolean" },
        { "ClientToken", "string", max_length = 64 },
        { "ResourceGroupId", "string" },
        { "Tag", "objects", max_items = 20, fields = tag_fields },
      },
      errors = {
        [400] = { "IncorrectBusinessStatus.VpcPeer", "IncorrectStatus.VpcPeer", "OperationFailed.CdtNotOpened",
          "OperationFailed.CrossBorderCdtNotOpened", "OperationFailed.NotExist.ResourceGroup",
          "ResourceNotFound.InstanceId" },
      },
    },
    RejectVpcPeerConnection = {
      kind = "write", client_token = true, dry_run = true, ram = "vpc:RejectVpcPeerConnection",
      parameters = {
        { "InstanceId", "string", required = true },
        { "DryRun", "boolean" },
        { "ClientToken", "string", max_length = 64 },
      },
      errors = {
        [400] = { "IncorrectStatus.VpcPeer", "ResourceNotFound.InstanceId" },
      },
    },
    ModifyVpcPeerConnection = {
      kind = "write", client_token = true, dry_run = true, ram = "vpc:ModifyVpcPeerConnection",
      parameters = {
        { "InstanceId", "string", required = true },
        { "Name", "string", min_length = 1, max_length = 128, not_prefix = { "http://", "https://" } },
        { "Description", "string", min_length = 1, max_length = 256, not_prefix = { "http://", "https://" } },
        { "Bandwidth", "integer", min = 1 },
        { "DryRun", "boolean" },
        { "ClientToken", "string", max_length = 64 },
        { "LinkType", "string", enum = { "Platinum", "Gold" } },
      },
      errors = {
        [400] = { "IncorrectBusinessStatus.VpcPeer", "IncorrectStatus.VpcPeer",
          "OperationDenied.ServiceManagedInstance", "OperationFailed.BandwidthCannotBeChangedInSameRegion",
          "OperationFailed.ChargeTypeNotSupported", "OperationFailed.InterRegionLinkTypeNotSupported",
          "OperationFailed.RegionIdNotSupportLinkType", "OperationFailed.SpecificLinkTypeNotSupported",
          "QuotaExceeded.Bandwidth", "ResourceNotFound.InstanceId" },
      },
    },
    DeleteVpcPeerConnection = {
      kind = "write", client_token = true, dry_run = true, ram = "vpc:DeleteVpcPeerConnection",
      parameters = {
        { "InstanceId", "string", required = true },
        { "Force", "boolean" },
        { "DryRun", "boolean" },
        { "ClientToken", "string", max_length = 64 },
      },
      errors = {
        [400] = { "IncorrectStatus.VpcPeer", "OperationDenied.RouteEntryExist",
          "OperationDenied.ServiceManagedInstance", "ResourceNotFound.InstanceId" },
      },
    },
    GetVpcPeerConnectionAttribute = {
      kind = "read", ram = "vpc:GetVpcPeerConnectionAttribute",
      parameters = {
        { "InstanceId", "string", required = true },
      },
      errors = {
        [400] = { "ResourceNotFound.InstanceId" },
      },
    },
    ListVpcPeerConnections = {
      kind = "read", ram = "vpc:ListVpcPeerConnections",
      parameters = {
        { "RegionId", "string" },
        { "InstanceId", "string" },
        { "VpcId", "strings", max_items = 2, wire = "comma" },
        { "Name", "string" },
        { "NextToken", "string" },
        { "MaxResults", "integer", min = 1, max = 100 },
        { "Tags", "objects", max_items = 10, fields = tag_fields_2 },
        { "ResourceGroupId", "string" },
      },
    },
    MoveResourceGroup = {
      kind = "write", ram = "vpc:MoveResourceGroup",
      parameters = {
        { "ResourceId", "string", required = true },
        { "ResourceType", "string", required = true, enum = { "PeerConnection" } },
        { "NewResourceGroupId", "string", required = true },
        { "RegionId", "string", required = true },
      },
      errors = {
        [400] = { "OperationFailed.NotExist.ResourceGroup", "ResourceNotFound.VpcPeer" },
      },
    },
    TagResources = {
      kind = "write", client_token = true, ram = "vpc:TagResources",
      parameters = {
        { "ResourceId", "strings", required = true, max_items = 50 },
        { "Tag", "objects", required = true, max_items = 20, fields = tag_fields },
        { "ResourceType", "string", required = true, enum = { "PeerConnection" } },
        { "ClientToken", "string", max_length = 64 },
        { "RegionId", "string", required = true },
      },
      errors = {
        [400] = { "Forbidden.TagKey.Duplicated", "Forbidden.TagKeys", "IllegalParam.TagKey",
          "IllegalParam.TagValue", "InvalidInstanceIds.NotFound", "InvalidInstanceType.NotFound",
          "NumberExceed.ResourceIds", "NumberExceed.Tags" },
      },
    },
    UnTagResources = {
      kind = "write", client_token = true, ram = "vpc:UnTagResources",
      parameters = {
        { "ResourceId", "strings", required = true, max_items = 50 },
        { "TagKey", "strings", max_items = 20 },
        { "All", "boolean" },
        { "ResourceType", "string", required = true, enum = { "PeerConnection" } },
        { "ClientToken", "string", max_length = 64 },
        { "RegionId", "string", required = true },
      },
      errors = {
        [400] = { "Forbidden.TagKey.Duplicated", "Forbidden.TagKeys", "InvalidInstanceIds.NotFound",
          "InvalidInstanceType.NotFound", "NumberExceed.ResourceIds", "NumberExceed.Tags" },
      },
    },
    ListTagResources = {
      kind = "read", ram = "vpc:ListTagResources",
      parameters = {
        { "ResourceType", "string", required = true, enum = { "PeerConnection" } },
        { "ResourceId", "strings", max_items = 50 },
        { "Tag", "objects", max_items = 20, fields = tag_fields },
        { "MaxResults", "integer", min = 1, max = 50 },
        { "NextToken", "string" },
        { "RegionId", "string", required = true },
        { "Category", "string", enum = { "All", "Custom", "System" } },
      },
      errors = {
        [400] = { "BothEmpty.TagsAndResources", "Forbidden.TagKey.Duplicated", "Forbidden.TagKeys",
          "InvalidInstanceIds.NotFound", "InvalidInstanceType.NotFound", "InvalidTagKey",
          "NumberExceed.ResourceIds", "NumberExceed.Tags" },
      },
    },
  },
}
