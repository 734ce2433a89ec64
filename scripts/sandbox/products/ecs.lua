-- SPDX-License-Identifier: MIT
-- Ecs 2014-05-26: the parts put together.

local ecs = {}

for _, part in ipairs { "ecs_instances", "ecs_groups", "ecs_assistant" } do
  for name, handler in pairs(require("sandbox.products." .. part)) do
    if name:match("^%u") then ecs[name] = handler end
  end
end

return ecs
