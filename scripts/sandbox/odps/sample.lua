-- SPDX-License-Identifier: MIT
-- Tables that every emulated project holds, so that a query and a Tunnel download have something to read.
return {
  { name = "peerway_sample",
    columns = { { name = "id", type = "bigint" }, { name = "city", type = "string" },
      { name = "share", type = "double" }, { name = "near_project", type = "boolean" } },
    rows = { { 1, "Singapore", 0.625, true }, { 2, "Frankfurt", 0.25, false }, { 3, "Virginia", 0.125, false },
      { -4, nil, nil, nil } } },
}
