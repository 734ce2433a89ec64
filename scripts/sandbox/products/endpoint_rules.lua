-- SPDX-License-Identifier: MIT
-- What CreateVpcEndpoint refuses because of the service, the security groups or the quotas; zones are
-- checked in privatelink_zones.

local rules = {}

-- Whether the account may use the service: its owner, an account on the list, or anybody when listed so.
function rules.authorised(call, service)
  if service.owner == call.caller.uid or service.public then return true end
  for _, uid in ipairs(service.users or {}) do
    if uid == call.caller.uid then return true end
  end
  return false
end
function rules.find_service(call)
  local p = call.p
  if not p.ServiceId and not p.ServiceName then
    call:fail("MissingParameter", "ServiceId or ServiceName is required.")
  end
  local wanted_region = p.ServiceRegionId or p.RegionId
  for _, service in pairs(call.state.services) do
    if service.region == wanted_region and (not p.ServiceId or service.id == p.ServiceId)
      and (not p.ServiceName or service.name == p.ServiceName) then
      return service
    end
  end
  call:fail("EndpointServiceNotFound", ("Endpoint service %s does not exist in %s."):format(
    p.ServiceName or p.ServiceId, wanted_region))
end

function rules.service(call, service)
  if service.region ~= call.p.RegionId then
    local offered = false
    for _, region in ipairs(service.supported_regions or {}) do offered = offered or region == call.p.RegionId end
    if not offered then call:fail("EndpointServiceNotFound", "The service is not offered to this region.") end
  end
  if not rules.authorised(call, service) then
    call:fail("EndpointServiceNotAuthorized", "The account is not on the list of the service.")
  end
  if service.Status == "Deleting" then call:fail("EndpointServiceDeleted", "The service is being deleted.") end
  if service.Status ~= "Active" then call:fail("IncorrectStatus.VpcEndpointService", "The service is not Active.") end
  if #service.resources == 0 and not service.managed then
    call:fail("EndpointServiceResourceNotFound", "No resource stands behind the service.")
  end
  if (call.p.EndpointType or "Interface") ~= service.kind then
    call:fail("Mismatch.EndpointType", "The service is of another type.")
  end
  if call.p.PolicyDocument and not service.policy_supported then
    call:fail("OperationDenied.EndpointPolicyNotSupport", "The service knows no endpoint policy.")
  end
  if call.p.AddressIpVersion == "DualStack" then
    call:fail("OperationDenied.EndpointServiceNotSupportDualstack", "The service is IPv4 only.")
  end
end

function rules.groups(call, vpc, ids)
  if #(ids or {}) == 0 then call:fail("EndpointMustContainSecurityGroup", "An endpoint needs a security group.") end
  local kind
  for _, id in ipairs(ids) do
    local group = call.state.security_groups[id]
    if not group or group.owner ~= call.caller.uid or group.vpc ~= vpc.id then
      call:fail("SecurityGroupNotFound", ("Security group %s does not exist in the VPC."):format(id))
    end
    if kind and kind ~= group.kind then
      call:fail("SecurityGroupTypeOnlySingleTypeSupporteded", "All security groups have to be of one type.")
    end
    kind = group.kind
  end
end

function rules.quota(call, vpc, service)
  local count = 0
  for _, endpoint in pairs(call.state.endpoints) do
    if endpoint.vpc == vpc.id then
      count = count + 1
      if endpoint.service == service.id then
        call:fail("EndpointExist", ("The VPC has an endpoint to this service (%s)."):format(endpoint.id))
      end
    end
  end
  if count >= call:quota("endpoints_per_vpc") then
    call:fail("QuotaExceeded.totalEpPerVpc", "The VPC has too many endpoints.")
  end
end

return rules
