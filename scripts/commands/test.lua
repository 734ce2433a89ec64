-- SPDX-License-Identifier: MIT
-- peerway test [--only TEXT] [--verbose] [--simulated] [--seed N] FILES: runs spec files.

local errors = require "errors"
local modules = require "modules"
local spec = require "spec"

local function parse(arguments)
  local options, files, index = {}, {}, 1
  while index <= #arguments do
    local word = arguments[index]
    if word == "--only" or word == "--seed" then
      index = index + 1
      options[word:sub(3)] = arguments[index]
    elseif word == "--verbose" or word == "--simulated" then
      options[word:sub(3)] = true
    elseif word:sub(1, 1) == "-" then
      errors.raise { kind = "usage", code = "UnknownFlag", message = "peerway test: unknown flag " .. word }
    else
      files[#files + 1] = word
    end
    index = index + 1
  end
  options.seed = math.tointeger(tonumber(options.seed))
  return options, files
end

return {
  summary = "run spec files",
  usage = "peerway test [--only TEXT] [--verbose] [--simulated [--seed N]] FILE...",
  run = function(arguments)
    local options, files = parse(arguments)
    if #files == 0 then
      errors.raise { kind = "usage", code = "NoFiles", message = "peerway test: no spec file given" }
    end
    for _, path in ipairs(files) do
      local chunk, problem = loadfile(path, "t")
      if not chunk then errors.raise { kind = "input", code = "CannotLoad", message = problem } end
      table.insert(modules.script_folders, 1, path:match "^(.*)/[^/]*$" or ".")
      chunk(path)
      spec.run_registered(options)
      table.remove(modules.script_folders, 1)
    end
    print(("%d passed, %d failed, %d skipped"):format(spec.passed, spec.failed, spec.skipped))
    if spec.passed + spec.failed + spec.skipped == 0 then
      errors.raise { kind = "input", code = "NoTests", message = "no test was run" }
    end
    return spec.failed == 0 and 0 or 1
  end,
}
