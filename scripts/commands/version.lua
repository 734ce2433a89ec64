-- SPDX-License-Identifier: MIT
-- peerway version: prints the version.

return {
  summary = "print the version",
  usage = "peerway version",
  run = function()
    print("peerway " .. require("bundle").version)
    return 0
  end,
}
