-- SPDX-License-Identifier: MIT
-- process: child processes without a shell. Children get our environment without secrets and none of
-- our descriptors.

local native = require "process.native"
local errors = require "errors"
local task = require "task"

local process = {}

local signals <const> = { HUP = 1, INT = 2, KILL = 9, USR1 = 10, TERM = 15 }

---@class Child
local Child = {}
Child.__index = Child
Child.__close = function(self) self.native:release() end

--- Signals the child's whole process group.
---@param signal? integer|"HUP"|"INT"|"KILL"|"USR1"|"TERM" default TERM
function Child:kill(signal)
  self.native:kill(signals[signal] or signal or signals.TERM)
end

--- Waits for its end.
---@return {code: integer?, signal: integer?, stdout: string, stderr: string, truncated: boolean?}
function Child:wait()
  self.native:wait()
  return self.native:result()
end

--- Waits for the next line of its output; nil at the end.
---@param stream? "output"|"error"
---@return string?
function Child:read_line(stream)
  while true do
    local line, ended = self.native:take_line(stream)
    if line or ended then return line end
    self.native:activity()
  end
end

function Child:write(data) self.native:write(data) end
function Child:close_input() self.native:close_input() end
function Child:pid() return self.native:pid() end

local function environment_list(env)
  local list = {}
  for name, value in pairs(env or {}) do list[#list + 1] = name .. "=" .. value end
  return list
end

--- Starts a program: argv as the list part; env (added to ours), cwd, namespaces (descriptors for
--- setns), descriptors (numbers that stay open in the child), max_output (bytes kept per stream, default
--- 1 MiB), inherit_output, stdin (text), keep_input (true: input stays open for write).
---@param options table
---@return Child
function process.spawn(options)
  local arguments = table.move(options, 1, #options, 1, {})
  arguments.env = environment_list(options.env)
  arguments.cwd, arguments.namespaces = options.cwd, options.namespaces
  arguments.descriptors = options.descriptors
  arguments.max_output, arguments.inherit_output = options.max_output, options.inherit_output
  local child = setmetatable({ native = native.start(arguments) }, Child)
  if options.stdin and options.stdin ~= "" then
    child:write(options.stdin)
  elseif not options.keep_input then
    child:close_input()
  end
  return child
end

--- Runs a program to its end; `timeout` seconds (then SIGKILL, timed_out = true). Options as spawn.
---@param options table
---@return {code: integer?, signal: integer?, stdout: string, stderr: string, timed_out: boolean?}
function process.run(options)
  local child <close> = process.spawn(options)
  if not options.timeout then return child:wait() end
  local ok, result = pcall(task.timeout, options.timeout, child.wait, child)
  if ok then return result end
  if not errors.is(result, "timeout") then error(result, 0) end
  child:kill("KILL")
  result = child:wait()
  result.timed_out = true
  return result
end

return process
