-- SPDX-License-Identifier: MIT
-- checks.regions: what a pair of regions means before the first call.
local regions = require "model.regions"

local function cross_border(view)
  local messages = {}
  for _, peering in ipairs(view.model.peerings) do
    local a, b = view.model.vpcs[peering.requester].region, view.model.vpcs[peering.accepter].region
    if regions.cross_border(a, b) then
      messages[#messages + 1] = ("%s <-> %s crosses the border of the Chinese mainland"):format(a, b)
    end
  end
  return messages
end

local function ticket(view)
  local messages = {}
  for _, flow in ipairs(view.model.flows) do
    local region = view.model.vpcs[flow.target].region
    if flow.mode == "endpoint" and regions.all[region].privatelink ~= "direct" then
      messages[#messages + 1] = ("MaxCompute's endpoint services in %s are given on request only"):format(region)
    end
  end
  return messages
end

return {
  { id = "D-03", title = "border of the mainland", moment = "facts", severity = "warning", run = cross_border,
    cause = "such connections need a compliance approval and the cross-border CDT service",
    remedy = "get the approval first, or choose another pair of regions" },
  { id = "D-46", title = "endpoint services on request", moment = "facts", severity = "warning", run = ticket,
    cause = "the vendor opens MaxCompute PrivateLink in this region by ticket",
    remedy = "if the service is not offered, open a ticket or use mode \"domain\"" },
}
