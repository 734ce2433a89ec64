-- SPDX-License-Identifier: MIT
-- CDT 2021-08-13: the four calls that peering needs. No official metadata was at hand; the answer
-- fields follow the product's API overview and are an inference.

return {
  product = "CDT",
  version = "2021-08-13",
  style = "RPC",
  operations = {
    GetCdtServiceStatus = { kind = "read", ram = "cdt:GetCdtServiceStatus", parameters = {} },
    OpenCdtService = { kind = "write", ram = "cdt:OpenCdtService", parameters = {} },
    GetCdtCbServiceStatus = { kind = "read", ram = "cdt:GetCdtCbServiceStatus", parameters = {} },
    OpenCdtCbService = { kind = "write", ram = "cdt:OpenCdtCbService", parameters = {} },
  },
}
