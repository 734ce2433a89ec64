-- SPDX-License-Identifier: MIT
-- peerway cidr: calculator, set algebra on files, free space, matching, overlaps. No cloud, no state.
local cidr = require "cidr"
local errors = require "errors"
local flags = require "commands.flags"
local json = require "json"
local term = require "term"

local JSON_VERSION <const> = 1
local YES <const>, NO <const> = 0, 4

local function usage_error(message)
  errors.raise { kind = "usage", code = "Usage", message = message, hint = "see: peerway help cidr" }
end

-- ---- operands and results ----

--- Looks like an address, prefix or range; "./10.0.0.0" names a file of that name.
local function is_literal(word)
  local colon = word:find(":", 1, true)
  return colon and word:find "^[%x:.%%/%-]+" == 1 and not word:find "^[/.%-]"
    or word:find "^%d+%.%d+%.%d+%.%d+[/%-%d.]*$" ~= nil
end

--- An operand is a prefix, address or range, or else a file of them ("-": standard input).
local function read(word, options)
  if is_literal(word) then
    return cidr.set(word, options)
  end
  return cidr.read(word, options)
end

local function read_all(words, options)
  local sets = {}
  for i, word in ipairs(words) do
    sets[i] = read(word, options)
  end
  return sets
end

local function print_json(kind, fields)
  fields.version, fields.type = JSON_VERSION, kind
  print(json.encode(fields))
end

local function texts(list)
  local out = json.array()
  for i, value in ipairs(list) do
    out[i] = tostring(value)
  end
  return out
end

--- Writes a set where the flags say.
local function put(set, options)
  local format = options.ranges and "ranges" or "prefixes"
  if options.json then
    local items = json.array()
    for line in set:text(format):gmatch "[^\n]+" do
      items[#items + 1] = line
    end
    print_json("cidr.set", { items = items, prefixes = #set, addresses = set:size() })
  else
    set:write(options.output or "-", format)
  end
  return YES
end

local function print_rows(rows)
  for _, line in ipairs(term.table(rows)) do
    print(line)
  end
end

-- ---- calculator ----

--- What there is to say about one word: ordered {name, value} rows.
local function describe(word)
  local value = word:find "/" and cidr.prefix(word, { loose = true, netmask = true }) or cidr.address(word)
  local known, rows = value:classify(), {}
  local function row(name, content)
    if content ~= nil then
      rows[#rows + 1] = { name, content }
    end
  end
  if cidr.is_prefix(value) then
    local first, last, count = value:host_range()
    row("prefix", tostring(value))
    row("address", word:match "^[^/]+" ~= tostring(value:first()) and word:match "^[^/]+" or nil)
    row("first", tostring(value:first()))
    row("last", tostring(value:last()))
    row("addresses", value:size())
    row("hosts", ("%s - %s (%s)"):format(first, last, count))
    row("netmask", tostring(value:netmask()))
    row("wildcard", tostring(value:wildcard()))
    row("reverse", table.concat(value:reverse_zones(), " "))
  else
    local inside, scheme = value:embedded_ipv4()
    row("address", tostring(value))
    row("expanded", value:family() == 6 and value:expanded() or nil)
    row("integer", value:integer())
    row("reverse", value:reverse_name())
    row("embedded", inside and ("%s (%s)"):format(inside, scheme))
    row("hardware", value:hardware())
  end
  row("kind", known.kind)
  row("registry", known.name and ("%s, %s, %s"):format(known.name, known.prefix, known.rfc))
  row("global", known.global == nil and "not applicable" or known.global)
  for _, block in ipairs(known.cloud) do
    row("cloud", ("%s (%s)"):format(block.name, block.prefix))
  end
  return rows
end

local function show(words, options)
  for i, word in ipairs(words) do
    local rows, fields = describe(word), { cloud = json.array() }
    for _, row in ipairs(rows) do
      if row[1] == "cloud" then
        table.insert(fields.cloud, row[2])
      else
        fields[row[1]] = row[2]
      end
      row[2] = tostring(row[2])
    end
    if options.json then
      print_json("cidr.block", fields)
    else
      if i > 1 then
        print ""
      end
      print_rows(rows)
    end
  end
  return YES
end

-- ---- sets ----

local function fold(method)
  return function(words, options)
    local sets = read_all(words, options)
    return put(#sets == 1 and sets[1] or sets[1][method](table.unpack(sets)), options)
  end
end

local function ranges(words, options)
  options.ranges = true
  return fold "union"(words, options)
end

local function diff(words, options)
  local added, removed = read(words[1], options):diff(read(words[2], options))
  if options.json then
    print_json("cidr.diff", { added = texts(added:list()), removed = texts(removed:list()) })
  else
    for prefix in removed:prefixes() do
      print("-" .. tostring(prefix))
    end
    for prefix in added:prefixes() do
      print("+" .. tostring(prefix))
    end
  end
  return added:is_empty() and removed:is_empty() and YES or 2
end

local function count(words, options)
  local sets = read_all(words, options)
  local set = sets[1]:union(table.unpack(sets))
  local fields = { ranges = set:range_count(), prefixes = #set, addresses = set:size() }
  if options.json then
    print_json("cidr.count", fields)
  else
    print_rows { { "ranges", tostring(fields.ranges) }, { "prefixes", tostring(fields.prefixes) },
      { "addresses", tostring(fields.addresses) } }
  end
  return YES
end

local function contains(words, options)
  local set, inside = read(words[1], options), YES
  for i = 2, #words do
    local yes = set:contains(read(words[i], options))
    inside = yes and inside or NO
    if options.json then
      print_json("cidr.contains", { operand = words[i], contains = yes })
    else
      print(("%s  %s"):format(words[i], yes and "inside" or "not inside"))
    end
  end
  return inside
end

local function split(words, options)
  local prefix, length = cidr.prefix(words[1]), math.tointeger(tonumber(words[2]))
  if not length then
    usage_error(("'%s' is not a prefix length"):format(words[2]))
  end
  if options.json then
    local list = json.array()
    for subnet in prefix:subnets(length) do
      list[#list + 1] = tostring(subnet)
    end
    print_json("cidr.split", { items = list })
  else
    for subnet in prefix:subnets(length) do
      print(subnet)
    end
  end
  return YES
end

-- ---- free space, matching, overlaps ----

local function used_set(options)
  local set = cidr.set()
  for _, word in ipairs(options.used or {}) do
    set = set | read(word, options)
  end
  return set
end

local function free(words, options)
  local within, lengths = read(words[1], options), {}
  for i = 2, #words do
    lengths[i - 1] = math.tointeger(tonumber((words[i]:gsub("^/", ""))))
      or usage_error(("'%s' is not a prefix length"):format(words[i]))
  end
  if #lengths == 0 then
    return put(used_set(options):free(within), options)
  end
  local blocks, reason = used_set(options):allocate(within, lengths, { fit = options.fit })
  if not blocks then
    io.stderr:write("peerway: ", reason, "\n")
    return NO
  elseif options.json then
    print_json("cidr.free", { items = texts(blocks) })
  else
    for _, block in ipairs(blocks) do
      print(block)
    end
  end
  return YES
end

--- Longest match of each address among the prefixes of a file; each prefix stands for itself.
local function match(words, options)
  local routes = cidr.route_table()
  local source, why = io.stdin, nil
  if words[1] ~= "-" then
    source, why = io.open(words[1])
  end
  if not source then
    errors.raise { kind = "input", code = "UnreadableSet", message = "cannot open " .. why }
  end
  for line in source:lines() do
    for word in line:gsub("[#;].*", ""):gmatch "[^%s,]+" do
      routes:insert(word:find "/" and cidr.prefix(word, options) or cidr.address(word), true)
    end
  end
  local missing = YES
  for i = 2, #words do
    local _, prefix = routes:longest(words[i])
    missing = prefix and missing or NO
    if options.json then
      print_json("cidr.match", { address = words[i], prefix = prefix and tostring(prefix) or json.null })
    else
      print(("%s  %s"):format(words[i], prefix or "no match"))
    end
  end
  return missing
end

--- Overlapping pairs among the operands: blocks, or files whose blocks belong to one network each.
local function overlap(words, options)
  local networks = {}
  for i, word in ipairs(words) do
    networks[i] = { label = word, blocks = read(word, options):list() }
  end
  local conflicts = cidr.overlap.matrix(networks)
  for _, conflict in ipairs(conflicts) do
    for _, pair in ipairs(conflict.blocks) do
      if options.json then
        print_json("cidr.overlap", { a = conflict.a, b = conflict.b, blocks = texts(pair) })
      else
        print(("%s  %s  %s overlaps %s"):format(conflict.a, conflict.b, pair[1], pair[2]))
      end
    end
  end
  return #conflicts == 0 and YES or NO
end

local function special(_, options)
  local rows = {}
  for i, row in ipairs(cidr.special_blocks()) do
    local fields = { prefix = tostring(row.prefix), kind = row.kind, name = row.name, rfc = row.rfc }
    fields.global = row.global
    if options.json then
      print_json("cidr.special", fields)
    end
    rows[i] = { fields.prefix, fields.kind, row.name, row.rfc }
  end
  if not options.json then
    print_rows(rows)
  end
  return YES
end

-- ---- dispatch: name, least number of operands, what it does ----

local verbs = {
  { "show", 1, show, "BLOCK...", "everything about addresses and prefixes" },
  { "aggregate", 1, fold "union", "FILE...", "the minimal list of prefixes" },
  { "ranges", 1, ranges, "FILE...", "the same as ranges first-last" },
  { "union", 2, fold "union", "A B...", "addresses in any" },
  { "common", 2, fold "intersection", "A B...", "addresses in all" },
  { "except", 2, fold "difference", "A B...", "addresses in A only" },
  { "symdiff", 2, fold "symmetric_difference", "A B", "addresses in exactly one" },
  { "diff", 2, diff, "A B", "what came (+) and went (-); exit code 2 when anything did" },
  { "count", 1, count, "FILE...", "ranges, prefixes, addresses" },
  { "contains", 2, contains, "A X...", "is all of X in A? exit code 4 when not" },
  { "match", 2, match, "FILE ADDRESS...", "longest prefix for each address; exit code 4 when one has none" },
  { "overlap", 1, overlap, "A B...", "overlapping blocks; exit code 4 when there are any" },
  { "free", 1, free, "SPACE [LENGTH...]", "free space, or free blocks of these lengths; exit code 4: no room" },
  { "split", 2, split, "PREFIX LENGTH", "all subnets of that length" },
  { "special", 0, special, "", "IANA's special-purpose registries of " .. cidr.registry_date },
}

local function description()
  local rows = {}
  for i, verb in ipairs(verbs) do
    rows[i] = { verb[1] .. " " .. verb[4], verb[5] }
  end
  return "Operands are prefixes, addresses, ranges (10.0.0.1-10.0.0.9), or files of them (\"-\": standard input;\n"
    .. "# begins a comment). Both families may be mixed.\n\n" .. table.concat(term.table(rows, { indent = "  " }), "\n")
end

local command = {
  name = "cidr",
  summary = "calculate with addresses, prefixes and sets of them",
  usage = "peerway cidr VERB OPERAND... [flags]",
  description = description(),
  examples = {
    "peerway cidr show 10.20.30.0/22 2001:db8::1",
    "peerway cidr except office.txt blocked.txt --output allowed.txt",
    "peerway cidr free 10.0.0.0/16 24 26 26 --used used.txt",
  },
  positional = { 1, math.huge },
  flags = {
    { "loose", help = "clear host bits instead of refusing them" },
    { "netmask", help = "take netmasks behind the slash too (10.0.0.0/255.0.0.0)" },
    { "ranges", help = "print sets as ranges" },
    { "output", short = "o", type = "string", value = "FILE", help = "write the set to FILE, replaced as a whole" },
    { "used", type = "string", value = "SET", list = true, help = "free: what is not free (may be repeated)" },
    { "fit", type = "string", value = "KIND", choices = { "first", "best" }, default = "first",
      help = "free: lowest place, or smallest hole" },
    { "json", help = "print versioned JSON lines" },
  },
}

function command.action(options, positional)
  local name = table.remove(positional, 1)
  for _, verb in ipairs(verbs) do
    if verb[1] == name then
      if #positional < verb[2] then
        usage_error(("cidr %s wants: %s"):format(name, verb[4]))
      end
      return verb[3](positional, options)
    end
  end
  -- an operand without a verb is to be shown
  if is_literal(name) then
    return show({ name, table.unpack(positional) }, options)
  end
  usage_error(("'%s' is no verb of peerway cidr"):format(name))
end

return flags.command(command)
