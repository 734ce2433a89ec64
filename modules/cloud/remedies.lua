-- SPDX-License-Identifier: MIT
-- What to do about an error code: one sentence each, exact codes first, then families. A remedy may be
-- given per operation ("Action/Code") where the same code means something else.
local remedies = {}

remedies.exact = {
  -- requests, credentials, rights
  ["SignatureDoesNotMatch"] =
    "the AccessKey secret is wrong, or a proxy changes requests; peerway whoami shows the key",
  ["IncompleteSignature"] = "a proxy removed a header of the request; reach the service without it",
  ["SignatureNonceUsed"] = "the same request arrived twice; ask again",
  ["InvalidTimeStamp.Expired"] =
    "set this machine's clock (timedatectl set-ntp true): it is off by more than 15 minutes",
  ["IllegalTimestamp"] = "set this machine's clock: it is far off",
  ["InvalidAccessKeyId.NotFound"] =
    "the AccessKey does not exist (deleted, or of another site); peerway whoami shows its source",
  ["InvalidAccessKeyId.Inactive"] = "the AccessKey is disabled: enable it in RAM, or use another one",
  ["Forbidden.AccessKeyDisabled"] = "the AccessKey is disabled: enable it in RAM, or use another one",
  ["InvalidSecurityToken.Expired"] = "the temporary credentials are over: get new ones (a new AssumeRole or sign-in)",
  ["InvalidSecurityToken.Malformed"] = "the security token is damaged: get new temporary credentials",
  ["InvalidSecurityToken.MismatchWithAccessKey"] =
    "key and token are of two different sign-ins: set all three variables together",
  ["MissingSecurityToken"] = "an STS. key needs its token: set ALIBABA_CLOUD_SECURITY_TOKEN",
  ["MissingAccessKeyId"] =
    "no credentials were sent: set ALIBABA_CLOUD_ACCESS_KEY_ID and its secret, or use a profile",
  ["Forbidden.RAM"] = "attach a policy with this action to the RAM user or role; peerway policy prints one",
  ["NoPermission"] = "attach a policy with this action to the RAM user or role; peerway policy prints one",
  ["Forbidden"] =
    "the account may not do this: attach the action to the RAM user or role (peerway policy prints a policy)",
  ["Forbidden.NoPermission"] =
    "a RAM policy or a resource-directory rule (acs:TargetRDId) forbids this target account",
  ["Forbidden.RiskControl"] = "the cloud's risk control blocked the account: open a ticket with the RequestId",
  ["InvalidApi.NotFound"] = "the product in this region does not know this action or version",
  ["InvalidAction.NotFound"] = "the product in this region does not know this action or version",
  ["InvalidProduct.NotFound"] = "the host serves another product: check the endpoint (ALIBABA_CLOUD_ENDPOINT_...)",
  ["InvalidVersion"] = "the host serves another API version: check the endpoint and version=",
  ["NoSuchVersion"] = "the host serves another API version: check the endpoint and version=",
  ["InvalidProtocol.NeedSsl"] = "use https for this endpoint",
  ["UnsupportedHTTPMethod"] = "pass method= as the product's documentation says",
  ["InvalidRegionId.NotFound"] = "check the region id; peerway api vpc DescribeRegions lists them",
  ["UnexpectedRedirect"] = "the endpoint is not the service itself (a proxy or portal answers): check the endpoint",
  ["BadAnswer"] = "something between here and the cloud answered instead of it: check proxy and endpoint",
  -- load
  ["Throttling"] = "the product's limit is reached: ask less often, or lower --parallelism",
  ["Throttling.User"] =
    "the account's limit for this product is reached: another program may use it too; lower --parallelism",
  ["Throttling.Api"] = "the limit of this operation is reached: ask less often",
  ["Rejected.Throttling"] = "the service sheds load: try again later",
  ["ServiceUnavailable"] = "the service is not available right now: try again later",
  ["InternalError"] = "the service failed: try again; with the RequestId a ticket finds the cause",
  ["IdempotentParameterMismatch"] =
    "this ClientToken was used with other parameters: use a new token for a new request",
  ["Duplicated.ClientToken"] = "this ClientToken was used with other parameters: use a new token for a new request",
  ["TaskConflict"] = "another change of the same VPC runs: changes of one VPC go one after the other",
  ["OperationConflict"] = "another change of the same object runs: wait for it",
  ["Conflict.Operation"] = "another change of this peering runs: wait for it",
  -- peering
  ["ResourceAlreadyExist.VpcPeer"] = "these two VPCs are peered already: peerway adopt takes the connection over",
  ["ResourceAlreadyExist.RouterInterface"] = "an old router-interface link joins these VPCs: remove it first",
  ["OperationFailed.CdtNotOpened"] =
    "open Cloud Data Transfer (CDT) for this account; a RAM user needs cdt:GetCdtServiceStatus",
  ["OperationFailed.AcceptUserCdtNotOpened"] = "the accepter's account has to open Cloud Data Transfer (CDT)",
  ["OperationFailed.CrossBorderCdtNotOpened"] =
    "mainland to abroad needs an approved cross-border contract on this account",
  ["OperationFailed.AcceptUserCrossBorderCdtNotOpened"] =
    "mainland to abroad needs an approved cross-border contract on the accepter's account",
  ["OperationFailed.ViolativeVpcPeer"] = "this pair of regions may not be peered",
  ["OperationFailed.CrossBusinessNotAllowed"] =
    "accounts of the China and the international site, or public and finance cloud, cannot be peered",
  ["OperationFailed.InterRegionLinkTypeNotSupported"] = "LinkType is for two regions: leave it out inside one",
  ["OperationFailed.RegionIdNotSupportLinkType"] = "this region does not offer the link type: use Gold",
  ["OperationFailed.SpecificLinkTypeNotSupported"] = "this link type is not offered here: use Gold",
  ["OperationFailed.BandwidthCannotBeChangedInSameRegion"] =
    "a peering inside one region has no bandwidth: leave it out",
  ["UnsupportedRegion"] = "VPC peering is not offered in this region",
  ["IncorrectStatus.VpcPeer"] =
    "the peering is in another state than this needs: wait until it is Activated, or accept it",
  ["AcceptVpcPeerConnection/IncorrectStatus.VpcPeer"] =
    "it is accepted, rejected or expired already: read it; a rejected or expired one is deleted and made again",
  ["RejectVpcPeerConnection/IncorrectStatus.VpcPeer"] =
    "only a peering that waits (Accepting) can be rejected: read it",
  ["OperationDenied.RouteEntryExist"] =
    "routes still point to this peering: delete them first (peerway destroy does)",
  ["OperationDenied.VpcPeerExists"] = "the VPC is peered: delete the peering first",
  ["OperationDenied.ServiceManagedInstance"] = "another service owns this object and manages it",
  ["OperationDenied.OperateShareResource"] = "the VPC is shared: only its owner's account can do this",
  ["ResourceNotFound.VpcPeer"] = "the next hop peering does not exist or is of another account",
  -- routes
  ["InvalidCIDRBlock.Duplicate"] = "the table has a route for this destination already: read it, change or delete it",
  ["InvalidRouteEntry.Duplicate"] =
    "the table has a route for this destination already: read it, change or delete it",
  ["Duplicated.VpcNextHop"] = "the table has this very route already",
  ["RouterEntryConflict.Duplicated"] = "the table has a route for this destination already",
  ["RouteConflict.AlreadyExist"] = "a system or learnt route covers this destination already",
  ["InvalidDestinationCidrBlock"] =
    "this destination is reserved; inside 100.64.0.0/10 only narrower routes, one by one",
  ["InvalidCidrBlock"] = "the destination equals or lies in a vSwitch of the VPC, or is reserved",
  ["InvalidCidrBlock.Malformed"] = "write the destination as a CIDR without host bits, for example 10.0.0.0/24",
  ["OperationFailed.InstanceDismatchCurrentVpc"] = "the next hop belongs to another VPC than the route table",
  ["OperationDenied"] = "system routes cannot be changed",
  ["QuotaExceeded"] = "the route table is full (200 custom routes by default): raise the quota or join prefixes",
  ["UnsupportedFeature.VpcPeerIpv6"] = "IPv6 over peering is not offered in this region",
  -- VPCs and vSwitches
  ["InvalidCidrBlock.Overlapped"] =
    "another vSwitch of the VPC uses these addresses: choose a free block (peerway cidr free)",
  ["InvalidCirdrBlock.MaskLength"] = "a vSwitch is /16 to /29",
  ["InvalidVpcId.NotFound"] = "check VPC id, region and account",
  ["InvalidVSwitchId.NotFound"] = "check vSwitch id, region and account",
  ["InvalidRouteTableId.NotFound"] = "check route table id, region and account",
  -- PrivateLink
  ["NeedOpenProduct"] = "open PrivateLink for this account once: peerway api privatelink OpenPrivateLinkService",
  ["EndpointServiceNotFound"] =
    "check the service name or id; ListVpcEndpointServicesByEndUser shows what this account may use",
  ["EndpointServiceNotAuthorized"] = "the service's owner has to put this account on its list",
  ["EndpointServiceNotSupportedZone"] = "the service is not offered in this zone: choose one of its zones",
  ["EndpointDependenceViolation"] = "remove the endpoint's zones first",
  ["EndpointMustContainSecurityGroup"] = "an endpoint keeps at least one security group: attach the new one first",
  ["EndpointExist"] = "the VPC has an endpoint to this service already: use that one",
  ["EndpointDuplicated"] = "the VPC has an endpoint to this service already: use that one",
  ["EndpointProtected"] = "the endpoint is protected against deletion: switch the protection off first",
  ["SecurityGroupTypeOnlySingleTypeSupporteded"] = "normal and enterprise security groups cannot be mixed",
  ["ResourceNotEnough.VSwitchIp"] = "the vSwitch has no free address: use another one",
  ["CheckServiceLinkRoleError"] = "the service-linked role of PrivateLink is missing: create it in the console once",
  ["InvalidAccountStatus.NotEnoughBalance"] = "the account has no balance or is overdue",
  -- instances
  ["InvalidInstance.NotFound"] = "check instance id, region and account",
  ["InvalidInstance.NotMatch"] = "the command is for another operating system",
  ["Invocation.ExceedQuota"] = "too many commands today: wait, or raise the quota",
  ["IdempotentProcessing"] = "the first call with this ClientToken still runs",
  -- STS
  ["EntityNotExist.Role"] = "check the role ARN",
  ["AssumeRole/NoPermission"] = "the role's trust policy must name this caller, and the caller needs sts:AssumeRole; "
    .. "a root account cannot assume roles",
  -- MaxCompute
  ["ODPS-0410051"] = "this AccessKey is not known to MaxCompute, or the account is no member of the project",
  ["ODPS-0410042"] = "the AccessKey secret is wrong",
  ["ODPS-0420095"] = "the account lacks rights in the project: have it added (ADD USER, GRANT)",
  ["ODPS-0420111"] = "check project name and region",
  ["OBJECT_NOT_EXIST"] = "check project name and region",
}

--- Families: Lua pattern, remedy.
remedies.patterns = {
  { "Throttling", "too many calls: ask less often, or lower --parallelism" },
  { "^QuotaExceeded%.", "a quota is reached: delete what is not needed, or raise it in the quota centre" },
  { "^NumberExceed%.Tags", "an object has at most 20 tags" },
  { "^Missing", "a parameter is missing: peerway api --list PRODUCT ACTION shows the required ones" },
  { "^InvalidParameter", "a parameter has a wrong value: peerway api --list PRODUCT ACTION shows what is allowed" },
  { "^IllegalParam", "a parameter has a wrong value: peerway api --list PRODUCT ACTION shows what is allowed" },
  { "^IncorrectBusinessStatus%.", "an account is overdue or locked: settle its bills" },
  { "^IncorrectStatus", "an object is between two states: wait until it is Available, then repeat" },
  { "^Incorrect.*Status$", "an object is between two states: wait until it is Available, then repeat" },
  { "^DependencyViolation", "something still uses this object: delete that first" },
  { "^OperationFailed%.NotExist%.ResourceGroup", "check the resource group id" },
  { "^Forbidden", "the account may not do this: check its RAM policies" },
  { "SecurityToken", "get new temporary credentials" },
  { "NotFound", "check id, region and account" },
}

--- The remedy for an error code, or nil.
---@param code string
---@param operation cloud.Operation?
---@return string?
function remedies.find(code, operation)
  local special = operation and remedies.exact[operation.action .. "/" .. code]
  if special or remedies.exact[code] then
    return special or remedies.exact[code]
  end
  for _, rule in ipairs(remedies.patterns) do
    if code:find(rule[1]) then
      return rule[2]
    end
  end
  return nil
end

return remedies
