-- SPDX-License-Identifier: MIT
-- From a Lua table of parameters to signed headers: microseconds of CPU per call, best and median.
local native = require "cloud.native"

local account = native.account { source = "keys", access_key_id = "testid", access_key_secret = "testsecret" }
local request <const> = {
  style = "RPC", signature = "ACS3", method = "POST", host = "vpcpeer.aliyuncs.com", path = "/",
  action = "CreateVpcPeerConnection", version = "2022-01-01",
  query = {
    RegionId = "ap-southeast-1", VpcId = "vpc-t4nexample0123456789", AcceptingAliUid = "1234567890123456",
    AcceptingRegionId = "eu-central-1", AcceptingVpcId = "vpc-gw8example0123456789",
    Name = "analytics to apps / 1 [prod]", ClientToken = "0c593ea1-3bea-11e9-b96b-88e9fe637760", Bandwidth = 1024,
  },
}

local rounds <const>, calls <const> = 11, 10000
local times = {}
for round = 0, rounds do
  local start = os.clock()
  for _ = 1, calls do
    native.sign(account, request)
  end
  times[round] = (os.clock() - start) * 1e6 / calls
end
table.sort(times) -- 1 to 11; round 0 warmed up
print(("lua-acs3 %.3f %.3f"):format(times[1], times[rounds // 2 + 1]))
