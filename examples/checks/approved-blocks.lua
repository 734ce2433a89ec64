-- SPDX-License-Identifier: MIT
-- site/approved-blocks: routes into a peering lead only to blocks that the address plan approves. Copy it into
-- the folder checks/ beside a topology and name it there: checks = { "site/approved-blocks" }.
local cidr = require "cidr"

local approved = cidr.set { "10.0.0.0/8", "100.64.0.0/10" }

return {
  id = "SITE-1",
  title = "routes lead to approved blocks only",
  moment = "plan", -- judged on a finished plan; "facts" is before there is one
  severity = "error", -- refuses the plan (exit 5); "warning" only tells
  cause = "the address plan keeps other blocks for other peers",
  remedy = "narrow the VPC blocks that are announced, or have the block approved",
  run = function(view)
    local messages = {}
    for _, item in ipairs(view.items) do
      if item.kind == "route_entry" and not approved:contains(item.spec.destination) then
        messages[#messages + 1] = ("%s would get a route to %s"):format(item.spec.table, item.spec.destination)
      end
    end
    return messages
  end,
}
