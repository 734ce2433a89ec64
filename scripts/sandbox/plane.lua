-- SPDX-License-Identifier: MIT
-- What stands beside the API of a sandbox: the data plane made from its state, commands that run on it,
-- and the MaxCompute data service behind its addresses. Methods of the box.

local model = require "sandbox.model"
local timeline = require "sandbox.timeline"

local Box = {}

---Runs a command on an instance, in the data plane as it stands now. May wait.
---@param instance string
---@param command string|string[]
---@param timeout number seconds
---@return {exit_code:integer?, output:string, timed_out:boolean, failure:string?}
function Box:run_on(instance, command, timeout)
  local net = self:network()
  if not net then return { output = "", failure = "this sandbox has no data plane" } end
  local outcome = net:run(instance, command, { timeout = timeout })
  if outcome.simulated and not outcome.exit_code then
    if self.on_symbolic_run then return self.on_symbolic_run(net, instance, command) end
    outcome.failure = "simulated: no namespaces here, so the command was not run"
  end
  return outcome
end

---The data plane, made equal to the state; nil when the sandbox has none.
---@return sandbox.network.Net?
function Box:network()
  if self.data_plane == "none" then return nil end
  if not self.net then
    self.net = require("sandbox.network").new { mode = self.data_plane, service = self:data_service(),
      metadata = function(request) return require("sandbox.metadata").handle(self, request) end }
  end
  local now = self:exclusive(function()
    timeline.advance(self.data, self:now(), self)
    return model.build(self.data)
  end)
  self.net_gate:with(function() self.net:apply(now) end)
  return self.net
end

---The MaxCompute data service of this cloud; the data plane puts it behind its addresses.
function Box:data_service()
  if not self.service then
    self.service = require("sandbox.maxcompute_service").new {
      verify = function(request) return self:verify(request) end,
      project = function(name, region)
        local project = self.data.projects[name]
        if not project or (region and project.region ~= region) then return nil end
        return { name = name, owner = "ALIYUN$" .. self.data.accounts[tostring(project.owner)].name,
          region = project.region, whitelist = { ip = project.ip_list, vpc = project.vpc_ip_list },
          tables = require "sandbox.odps.sample",
          may = function(identity) return identity.account_uid == nil or identity.account_uid == project.owner end }
      end,
    }
  end
  return self.service
end

-- Where a request to the data service arrived when no network told it.
function Box:data_context(host)
  local region = host:match("%.([%w%-]+)%-vpc%.maxcompute") or host:match("%.([%w%-]+)%.maxcompute")
  local kind = not host:find("maxcompute", 1, true) and "all" or host:match("^dt") and "tunnel" or "maxcompute"
  return { kind = kind, region = region }
end

return Box
