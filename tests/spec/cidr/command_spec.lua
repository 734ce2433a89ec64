-- SPDX-License-Identifier: MIT
-- command_spec.lua: `peerway cidr` as its users run it: output, files, standard input, exit codes.
local test = require "spec"
local fs = require "fs"
local json = require "json"
local process = require "process"

local function run(argv, stdin)
  local result = process.run { "/proc/self/exe", "cidr", stdin = stdin, table.unpack(argv) }
  return result.stdout, result.code, result.stderr
end

local function with_files(files, body)
  local dir = fs.temp_dir()
  local paths = {}
  for name, text in pairs(files) do
    paths[name] = dir .. "/" .. name
    fs.write_atomic(paths[name], text, 384)
  end
  body(paths, dir)
  for _, name in ipairs(fs.list(dir)) do
    fs.remove(dir .. "/" .. name)
  end
  fs.remove(dir)
end

test("calculator", function()
  local out, code = run { "show", "10.20.30.7/22" }
  test.equal(code, 0)
  test.match(out, "prefix +10%.20%.28%.0/22\n")
  test.match(out, "address +10%.20%.30%.7\n")
  test.match(out, "hosts +10%.20%.28%.1 %- 10%.20%.31%.254 %(1022%)")
  out = json.decode((run { "100.100.2.136", "--json" }))
  test.equal(out.kind, "shared")
  test.equal(#out.cloud, 2)
end)

test("set algebra on files and standard input", function()
  with_files({ a = "10.0.0.0/24\n10.0.1.0/24 # office\n", b = "10.0.1.128/25" }, function(path, dir)
    test.equal((run { "aggregate", path.a }), "10.0.0.0/23\n")
    test.equal((run({ "aggregate", "-", path.b }, "1.2.3.4")), "1.2.3.4/32\n10.0.1.128/25\n")
    test.equal((run { "except", path.a, path.b }), "10.0.0.0/24\n10.0.1.0/25\n")
    test.equal((run { "common", path.a, path.b, "10.0.1.200-10.0.1.201" }), "10.0.1.200/31\n")
    test.equal((run { "symdiff", path.a, "10.0.0.0/24" }), "10.0.1.0/24\n")
    test.equal((run { "ranges", path.a }), "10.0.0.0-10.0.1.255\n")
    test.equal(json.decode((run { "union", path.a, path.b, "--json" })).addresses, 512)
    test.equal((run { "union", path.a, path.b, "--output", dir .. "/out" }), "")
    test.equal(fs.read(dir .. "/out"), "10.0.0.0/23\n")
    local out, code = run { "diff", path.a, path.b }
    test.equal(out, "-10.0.0.0/24\n-10.0.1.0/25\n")
    test.equal(code, 2)
    test.equal(select(2, run { "diff", path.a, path.a }), 0)
  end)
end)

test("questions answer by exit code", function()
  with_files({ a = "10.0.0.0/23\n10.0.0.0/24\n" }, function(path)
    test.equal(select(2, run { "contains", path.a, "10.0.0.9", "10.0.1.0/24" }), 0)
    test.equal(select(2, run { "contains", path.a, "10.0.2.0" }), 4)
    test.equal((run { "match", path.a, "10.0.0.1", "10.0.1.1" }), "10.0.0.1  10.0.0.0/24\n10.0.1.1  10.0.0.0/23\n")
    test.equal(select(2, run { "match", path.a, "11.0.0.1" }), 4)
    test.equal(select(2, run { "overlap", path.a, "10.1.0.0/16" }), 0)
    local out, code = run { "overlap", path.a, "10.0.0.0/16" }
    test.match(out, "10%.0%.0%.0/23 overlaps 10%.0%.0%.0/16")
    test.equal(code, 4)
  end)
end)

test("free space", function()
  test.equal((run { "free", "10.0.0.0/22", "--used", "10.0.0.0/24", "--used", "10.0.2.0/24" }),
    "10.0.1.0/24\n10.0.3.0/24\n")
  test.equal((run { "free", "10.0.0.0/22", "25", "/24", "--used", "10.0.0.0/24" }), "10.0.2.0/25\n10.0.1.0/24\n")
  local _, code, stderr = run { "free", "10.0.0.0/24", "23" }
  test.equal(code, 4)
  test.match(stderr, "largest free block is 10%.0%.0%.0/24")
  test.equal((run { "split", "10.0.0.0/23", "24" }), "10.0.0.0/24\n10.0.1.0/24\n")
end)

test("mistakes are named", function()
  with_files({ bad = "10.0.0.0/8\n10.0.0.1/8\n" }, function(path)
    local _, code, stderr = run { "aggregate", path.bad }
    test.equal(code, 5)
    test.match(stderr, "bad: line 2, column 1")
    test.equal((run { "aggregate", path.bad, "--loose" }), "10.0.0.0/8\n")
    test.match((run { "show", "10.0.9.9/255.255.0.0" }), "prefix +10%.0%.0%.0/16\n")
    test.equal(select(2, run { "aggregate", "10.0.0.0/255.0.0.0" }), 5)
    test.equal((run { "aggregate", "10.0.0.0/255.0.0.0", "11.0.0.0/8", "--netmask" }), "10.0.0.0/7\n")
  end)
  test.equal(select(2, run { "nonsense" }), 64)
  test.equal(select(2, run { "common", "10.0.0.0/8" }), 64)
  test.equal(select(2, run { "split", "10.0.0.0/8", "x" }), 64)
  test.equal(select(2, run { "match", "/does/not/exist", "1.2.3.4" }), 5)
end)
