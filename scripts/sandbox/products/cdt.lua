-- SPDX-License-Identifier: MIT
-- CDT 2021-08-13: whether traffic between regions, and across the border, is switched on.

local cdt = {}

local function account(call)
  return call.state.accounts[tostring(call.caller.uid)]
end

function cdt.GetCdtServiceStatus(call)
  return { Enabled = account(call).cdt == "open" }
end

function cdt.OpenCdtService(call)
  local own = account(call)
  if own.cdt == "refused" then
    call:fail("OperationDenied.OpenCdt", "CDT cannot be opened for this account.", { invented = true })
  end
  call:commit()
  own.cdt = "open"
  return { OrderId = tostring(300000000000000 + call.state.serial) }
end

function cdt.GetCdtCbServiceStatus(call)
  return { Enabled = account(call).cdt_cross_border == "open" }
end

function cdt.OpenCdtCbService(call)
  local own = account(call)
  -- crossing the border needs an approval that the account either has or has not
  if own.cdt_cross_border == "refused" then
    call:fail("OperationDenied.OpenCdt", "The cross-border contract is missing.", { invented = true })
  end
  call:commit()
  own.cdt_cross_border = "open"
  return { OrderId = tostring(300000000000000 + call.state.serial) }
end

return cdt
