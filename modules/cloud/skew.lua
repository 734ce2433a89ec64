-- SPDX-License-Identifier: MIT
-- The difference between the cloud's clock and ours, learnt at most once per run: from the Date header of an
-- answer that came over verified TLS (or from this machine) and that refused a request for its time.
local clock = require "clock"

local skew = {}

local months <const> = {
  Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10, Nov = 11, Dec = 12,
}

local learnt

-- Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
local function days(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local era = year // 400
  local of_era = year - era * 400
  local of_year = (153 * (month - 3) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

--- Seconds since 1970 of an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT"), or nil.
---@param text string?
---@return integer?
function skew.parse_date(text)
  local day, name, year, hour, minute, second =
    (text or ""):match "^%a+, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$"
  local month = months[name]
  if not month then
    return nil
  end
  return days(math.tointeger(year), month, math.tointeger(day)) * 86400
    + math.tointeger(hour) * 3600 + math.tointeger(minute) * 60 + math.tointeger(second)
end

--- Seconds to add to our clock for the dates of requests; 0 until something was learnt.
---@return number
function skew.seconds()
  return learnt or 0
end

--- Learns from an answer that refused a request for its time. False when that brings nothing new: no date,
--- not authenticated, or learnt before (a second refusal is final, it must not become a loop).
---@param response table
---@param authenticated boolean
---@return boolean
function skew.learn(response, authenticated)
  local date = skew.parse_date(response.headers and response.headers["date"])
  if learnt or not authenticated or not date then
    return false
  end
  learnt = date - clock.wall()
  return true
end

--- Forgets what was learnt (tests; a new run).
function skew.forget()
  learnt = nil
end

return skew
