-- SPDX-License-Identifier: MIT
-- Every paging style, and lists that do not behave.
local test = require "spec"

local here = debug.getinfo(1, "S").source:match "^@(.*/)"
local fake = dofile(here .. "fake.lua")

local function slice(from, to)
  local items = {}
  for i = from, to do
    items[#items + 1] = { Id = "i-" .. i }
  end
  return items
end

local function ids(items)
  local list = {}
  for i, item in ipairs(items) do
    list[i] = item.Id
  end
  return list
end

local function numbered(total, on_page)
  return function(request)
    local page, size = request.query.PageNumber, request.query.PageSize
    if on_page then
      on_page(page)
    end
    return fake.answer { TotalCount = total, PageNumber = page, PageSize = size,
      Vpcs = { Vpc = slice((page - 1) * size + 1, math.min(page * size, total)) } }
  end
end

test("page numbers", function()
  for _, total in ipairs { 0, 1, 49, 50, 51, 100, 101 } do
    local requests = fake.install(numbered(total))
    local items = fake.client("vpc"):all("DescribeVpcs", {}, "Vpcs.Vpc")
    test.equal(#items, total)
    test.equal(#requests, math.max(1, math.ceil(total / 50)), "pages of " .. total)
    test.equal(requests[1].query.PageSize, 50)
  end
end)

test("the path is known for catalogued operations", function()
  fake.install(numbered(3))
  test.equal(ids(fake.client("vpc"):all "DescribeVpcs"), { "i-1", "i-2", "i-3" })
end)

local function with_cursor(cursor_name, size_name, container)
  return function(request)
    local from = request.query or {}
    local form = request.form or {}
    local cursor = from[cursor_name] or form[cursor_name]
    test.truthy(from[size_name] or form[size_name])
    local start = cursor and tonumber(cursor) or 1
    local stop = math.min(start + 1, 5)
    return fake.answer(container(slice(start, stop), stop < 5 and tostring(stop + 1) or ""))
  end
end

test("NextToken with MaxResults, in a form", function()
  local requests = fake.install(with_cursor("NextToken", "MaxResults", function(items, cursor)
    return { VpcPeerConnects = items, NextToken = cursor }
  end))
  test.equal(ids(fake.client("vpcpeer"):all "ListVpcPeerConnections"), { "i-1", "i-2", "i-3", "i-4", "i-5" })
  test.equal(#requests, 3)
  test.equal(requests[1].form.MaxResults, 100)
end)

test("NextToken with MaxResult", function()
  local requests = fake.install(with_cursor("NextToken", "MaxResult", function(items, cursor)
    return { RouteEntrys = { RouteEntry = items }, NextToken = cursor ~= "" and cursor or nil }
  end))
  test.equal(#fake.client("vpc"):all("DescribeRouteEntryList", { RouteTableId = "vtb-1" }), 5)
  test.equal(requests[1].query.MaxResult, 100)
  test.equal(requests[3].query.RouteTableId, "vtb-1")
end)

test("a cursor inside the answer's object", function()
  fake.install(with_cursor("NextToken", "MaxResults", function(items, cursor)
    return { Invocation = { NextToken = cursor, InvocationResults = { InvocationResult = items } } }
  end))
  test.equal(#fake.client("ecs"):all("DescribeInvocationResults", { InvokeId = "t-1" }), 5)
end)

test("markers", function()
  fake.install(with_cursor("marker", "maxItem", function(items, cursor)
    return { data = { projects = items, marker = cursor } }
  end))
  test.equal(#fake.client("maxcompute"):all "ListProjects", 5)
end)

test("uncatalogued lists need a path and follow NextToken", function()
  fake.install(function(request)
    return fake.answer(request.query.NextToken and { Things = slice(2, 2) } or
      { Things = slice(1, 1), NextToken = "x" })
  end)
  local client = fake.client("alb", { version = "2020-06-16" })
  test.equal(ids(client:all("ListThings", {}, "Things")), { "i-1", "i-2" })
  test.raises(function()
    client:all "ListThings"
  end, { kind = "usage", code = "MissingPath" })
end)

test("each goes page by page and stops when the caller does", function()
  local requests = fake.install(numbered(120))
  local seen = 0
  for item in fake.client("vpc"):each("DescribeVpcs", {}) do
    seen = seen + 1
    if item.Id == "i-51" then
      break
    end
  end
  test.equal({ seen, #requests }, { 51, 2 })
  seen = 0
  for _ in fake.client("vpc"):each("DescribeVpcs", {}) do
    seen = seen + 1
  end
  test.equal(seen, 120)
end)

test("a cursor that is an object is an error, not ten thousand pages", function()
  for _, cursor in ipairs { {}, { a = 1 }, { "x" } } do
    local requests = fake.install(function()
      return fake.answer { VpcPeerConnects = slice(1, 2), NextToken = cursor }
    end)
    test.raises(function()
      fake.client("vpcpeer"):all "ListVpcPeerConnections"
    end, { kind = "cloud", code = "UnexpectedAnswer" })
    test.equal(#requests, 1)
  end
end)

test("a cursor that comes back is an error, not a loop", function()
  local requests = fake.install(function()
    return fake.answer { VpcPeerConnects = slice(1, 2), NextToken = "same" }
  end)
  test.raises(function()
    fake.client("vpcpeer"):all "ListVpcPeerConnections"
  end, { kind = "cloud", code = "PagingLoop" })
  test.equal(#requests, 2)
  requests = fake.install(function(_, number)
    return fake.answer { VpcPeerConnects = slice(number, number), NextToken = tostring(number % 3) }
  end)
  test.raises(function()
    fake.client("vpcpeer"):all "ListVpcPeerConnections"
  end, { code = "PagingLoop" })
  test.equal(#requests, 4)
end)

test("a service that ignores the page number is noticed", function()
  local requests = fake.install(function()
    return fake.answer { TotalCount = 100, Vpcs = { Vpc = slice(1, 50) } }
  end)
  test.raises(function()
    fake.client("vpc"):all "DescribeVpcs"
  end, { code = "PagingLoop" })
  test.equal(#requests, 2)
end)

test("a list that changes while it is read is read again, three times at most", function()
  local total = 120
  local requests = fake.install(function(request, number)
    if number == 2 then
      total = 119
    end
    return numbered(total)(request)
  end)
  test.equal(#fake.client("vpc"):all "DescribeVpcs", 119)
  test.equal(#requests, 2 + 3)
  requests = fake.install(function(request, number)
    return numbered(200 + number)(request)
  end)
  test.raises(function()
    fake.client("vpc"):all "DescribeVpcs"
  end, { code = "ListChanged" })
  test.equal(#requests, 6)
end)

test("a list that ends early is an error", function()
  fake.install(function(request)
    return fake.answer { TotalCount = 80, Vpcs = { Vpc = request.query.PageNumber == 1 and slice(1, 50) or {} } }
  end)
  test.raises(function()
    fake.client("vpc"):all "DescribeVpcs"
  end, { code = "ListChanged", match = "only 50 of 80" })
end)

test("counters given as text are numbers all the same", function()
  fake.install(function(request)
    local page = request.query.PageNumber
    local acls = slice(page * 50 - 49, math.min(page * 50, 60))
    return fake.answer { TotalCount = "60", NetworkAcls = { NetworkAcl = acls } }
  end)
  test.equal(#fake.client("vpc"):all "DescribeNetworkAcls", 60)
end)

test("a parent that does not exist is nil and the error", function()
  fake.install(function()
    return fake.refusal "InvalidRouteTable.NotFound"
  end)
  local items, err = fake.client("vpc"):all("DescribeRouteEntryList", { RouteTableId = "vtb-1" })
  test.equal({ items, err.not_found }, { nil, true })
  test.raises(function()
    for _ in fake.client("vpc"):each("DescribeRouteEntryList", { RouteTableId = "vtb-1" }) do
      error "no item expected"
    end
  end, { code = "InvalidRouteTable.NotFound" })
end)

test("something else than a list at the path is an error", function()
  fake.install(function()
    return fake.answer { TotalCount = 1, Vpcs = { Vpc = "none" } }
  end)
  test.raises(function()
    fake.client("vpc"):all "DescribeVpcs"
  end, { code = "UnexpectedAnswer" })
end)

test("paging parameters are the pager's own", function()
  fake.install(numbered(1))
  test.raises(function()
    fake.client("vpc"):all("DescribeVpcs", { PageNumber = 2 })
  end, { kind = "usage", code = "PagingParameter" })
  test.equal(#fake.client("vpc"):all("DescribeVpcs", { PageSize = 10 }), 1)
end)
