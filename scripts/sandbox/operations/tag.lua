-- SPDX-License-Identifier: MIT
-- Published facts of Tag 2018-08-28: operations, parameters, limits, error codes.
-- Data only; scripts/sandbox/operations/README.md tells what the fields mean.

return {
  product = "Tag",
  version = "2018-08-28",
  style = "RPC",
  operations = {
    ListTagResources = {
      kind = "read", ram = "tag:ListTagResources",
      parameters = {
        { "RegionId", "string", required = true },
        { "NextToken", "string" },
        { "PageSize", "integer", max = 1000 },
        { "Tags", "string", max_items = 10 },
        { "Category", "string", enum = { "All", "Custom", "System" } },
        { "ResourceARN", "strings", max_items = 50 },
      },
      errors = {
        [400] = { "InvalidParameter.RegionId", "InvalidParameter.TagKey", "InvalidParameter.Tags",
          "InvalidResourceARN.Account", "InvalidResourceARN.FormatError", "InvalidResourceARN.Region" },
        [403] = { "Duplicate.TagKey", "Invalid.NextToken", "InvalidParameter.Category",
          "InvalidParameter.ResourceType", "InvalidParameter.TagValue", "MissingParameter.ResourceIds",
          "NoPermission.Operator", "NoPermission.SystemTag", "NoPermissionKey.Category",
          "NoPermissionKey.Operator", "NumberExceed.ResourceIds", "NumberExceed.Tags", "QuotaExceed.TagsPerResource" },
        [404] = { "Missing.TagKey", "MissingParameter.AliUid", "MissingParameter.Bid", "MissingParameter.RegionId",
          "MissingParameter.RemoveNum", "MissingParameter.ResourceIdARN", "MissingParameter.TagKey",
          "MissingParameter.Tags", "NoMatch.RemoveNum" },
      },
    },
    ListResourcesByTag = {
      kind = "read", ram = "tag:ListResourcesByTag",
      parameters = {
        { "RegionId", "string", required = true },
        { "NextToken", "string" },
        { "MaxResult", "integer", max = 1000 },
        { "ResourceType", "string", required = true },
        { "FuzzyType", "string", enum = { "EQUAL", "NOT" } },
        { "TagFilter.Value", "string", max_length = 128 },
        { "TagFilter.Key", "string", required = true, max_length = 128 },
        { "IncludeAllTags", "boolean" },
      },
      errors = {
        [400] = { "Duplicate.TagKey", "Invalid.MsgEndPoint", "Invalid.MsgQueue", "InvalidParameter.TagKey",
          "InvalidParameter.TagValue", "InvalidParameter.Tags", "MetaTagKeyHasValue", "NumberExceed.TagKeys" },
        [403] = { "Duplicate.TagKey", "FuzzyType.NotSupport", "Invalid.NextToken", "InvalidParameter.Category",
          "InvalidParameter.Key", "InvalidParameter.TagKey", "InvalidParameter.TagValue", "InvalidParameter.Value",
          "InvalidParamter.NextToken", "MetaTagKey.BindingResources", "MetaTagKeyNotFound",
          "NoPermissionKey.Category", "NoPermissionKey.Operator", "NumberExceed.Tags", "QuotaExceed.TagsPerResource" },
        [404] = { "Missing.TagKey", "MissingParameter.Key", "MissingParameter.TagKey",
          "MissingParameter.TagKeyValueParamList", "MissingParameter.Tags", "MissingParameter.Value" },
      },
    },
    TagResources = {
      kind = "write", ram = "tag:TagResources",
      parameters = {
        { "RegionId", "string", required = true },
        { "Tags", "string", required = true, max_items = 10 },
        { "ResourceARN", "strings", required = true, max_items = 50 },
      },
      errors = {
        [400] = { "InvalidParameter.ResourceType", "InvalidParameter.ServiceCode", "InvalidParameter.TagKey",
          "InvalidParameter.TagValue", "InvalidParameter.Tags", "InvalidResourceARN.Account",
          "InvalidResourceARN.FormatError", "InvalidResourceARN.Region" },
        [403] = { "Duplicate.TagKey", "InvalidParameter.Category", "MissingParameter.Createby",
          "MissingParameter.ResourceIds", "NoPermission.Operator", "NoPermissionKey.Category",
          "NoPermissionKey.Operator", "NumberExceed.ResourceIds", "NumberExceed.Tags", "QuotaExceed.TagsPerResource" },
        [404] = { "Missing.TagKey", "MissingParameter.AliUid", "MissingParameter.Bid", "MissingParameter.TagKey" },
      },
    },
    UntagResources = {
      kind = "write", ram = "tag:UntagResources",
      parameters = {
        { "RegionId", "string", required = true },
        { "ResourceARN", "strings", required = true, max_items = 50 },
        { "TagKey", "strings", required = true, max_items = 20 },
      },
      errors = {
        [400] = { "InvalidParameter.ResourceType", "InvalidParameter.ServiceCode", "InvalidParameter.TagKey",
          "InvalidParameter.TagValue", "InvalidResourceARN.Account", "InvalidResourceARN.FormatError",
          "InvalidResourceARN.Region" },
        [403] = { "Duplicate.TagKey", "InvalidParameter.Category", "Missing.ServiceCode",
          "MissingParameter.Createby", "MissingParameter.ResourceIds", "NoPermission.Operator",
          "NoPermission.SystemTag", "NoPermissionKey.Category", "NoPermissionKey.Operator",
          "NumberExceed.ResourceIds", "NumberExceed.Tags", "QuotaExceed.TagsPerResource" },
        [404] = { "Missing.TagKey", "MissingParameter.AliUid", "MissingParameter.Bid", "MissingParameter.TagKey" },
      },
    },
  },
}
