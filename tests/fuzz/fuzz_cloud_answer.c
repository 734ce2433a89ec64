/* SPDX-License-Identifier: MIT
 * Answers and error bodies of the cloud (cloud.answer): whatever comes is a table, or a failure with a code
 * that makes one error value. Input: status byte, then the body. */
#include "tests/fuzz/fuzz_lua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char source[] =
    "local answer = require 'cloud.answer'\n"
    "local errors = require 'errors'\n"
    "local operation = { product = 'vpc', action = 'DescribeVpcs', kind = 'read' }\n"
    "local statuses = { 200, 201, 302, 400, 403, 404, 429, 500, 503 }\n"
    "return function(input)\n"
    "  local status = statuses[(input:byte() or 0) % #statuses + 1]\n"
    "  local headers = { ['content-type'] = 'application/json', ['x-acs-retry-after'] = input:sub(2, 4) }\n"
    "  local body, failure = answer.read { status = status, headers = headers, body = input:sub(2) }\n"
    "  if body then\n"
    "    assert(type(body) == 'table' and status < 300)\n"
    "    return\n"
    "  end\n"
    "  assert(type(failure.code) == 'string' and failure.code ~= '' and failure.http_status == status)\n"
    "  failure.class = 'final'\n"
    "  local err = answer.error({ operation = operation, host = 'h' }, failure)\n"
    "  assert(errors.is(err) and err.code == failure.code and #tostring(err) > 0)\n"
    "end\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_lua(source, data, size);
}
