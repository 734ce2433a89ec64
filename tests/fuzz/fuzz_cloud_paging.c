/* SPDX-License-Identifier: MIT
 * Pages of a list (cloud.paging): a list comes whole or as one error value, after a bounded number of calls.
 * Input: style byte, then one answer per line; the last one comes again for ever. */
#include "tests/fuzz/fuzz_lua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char source[] =
    "local answer = require 'cloud.answer'\n"
    "local errors = require 'errors'\n"
    "local paging = require 'cloud.paging'\n"
    "local rules = {\n"
    "  { style = 'token', cursor = 'NextToken', next = 'NextToken', size = 'MaxResults', max = 2, items = "
    "'L.I' },\n"
    "  { style = 'marker', cursor = 'Marker', next = 'P.NextMarker', items = 'L[]' },\n"
    "  { style = 'number', cursor = 'PageNumber', size = 'PageSize', max = 2, total = 'T', items = 'L.I' },\n"
    "  { style = 'number', cursor = 'PageNumber', items = 'L[K=v].I' },\n"
    "}\n"
    "local function client_of(rule, pages)\n"
    "  local calls = 0\n"
    "  return {\n"
    "    product = 'vpc', region = 'r',\n"
    "    operation = function() return { paging = rule } end,\n"
    "    call = function()\n"
    "      calls = calls + 1\n"
    "      assert(calls <= 3 * (#pages + 3), 'the list goes on for ever')\n"
    "      local text = pages[calls] or pages[#pages] or '{}'\n"
    "      local body, failure = answer.read { status = 200, headers = {}, body = text }\n"
    "      if not body then\n"
    "        errors.raise { kind = 'cloud', code = failure.code, message = failure.message or '' }\n"
    "      end\n"
    "      return body\n"
    "    end,\n"
    "  }\n"
    "end\n"
    "return function(input)\n"
    "  local rule, pages = rules[(input:byte() or 0) % #rules + 1], {}\n"
    "  for line in input:sub(2):gmatch '[^\\n]+' do\n"
    "    pages[#pages + 1] = line\n"
    "  end\n"
    "  local fine, items, err = pcall(paging.all, client_of(rule, pages), 'List', {})\n"
    "  if fine then\n"
    "    assert(type(items) == 'table' or err, 'neither a list nor an error')\n"
    "  else\n"
    "    assert(errors.is(items), tostring(items))\n"
    "  end\n"
    "end\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_lua(source, data, size);
}
