/* SPDX-License-Identifier: MIT
 * test_http_client.c: the C interface: start, cancel, accessors; secrets stay off mounts, out of Lua, and are
 * gone from this process's memory when the request is over. */
#include "modules/http/http.h"
#include "runtime/runtime.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CANARY_SIZE = 32 };

/* Nowhere in memory as a whole but where a test puts it. */
static char canary_at(int i)
{
    return (char)('a' + (i * 7 + (i >> 2) * 5 + 3) % 26);
}

static void canary_write(char text[CANARY_SIZE + 1])
{
    for (int i = 0; i < CANARY_SIZE; i++)
        text[i] = canary_at(i);
    text[CANARY_SIZE] = '\0';
}

static int count_in(const char *from, const char *to)
{
    int found = 0;
    for (const char *p = from; p + CANARY_SIZE <= to; p++) {
        int i = 0;
        while (i < CANARY_SIZE && p[i] == canary_at(i))
            i++;
        found += i == CANARY_SIZE;
    }
    return found;
}

/* What the caller of the module holds, and cleanses itself. */
static char token[CANARY_SIZE + 1], url[512];

/* copies() -> how many copies of the canary all writable memory of the process holds */
static int l_copies(lua_State *L)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    int found = 0;
    explicit_bzero(token, sizeof token);
    explicit_bzero(url, sizeof url);
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char mode[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 && strncmp(mode, "rw", 2) == 0 &&
            !strstr(line, "[vvar]"))
            found += count_in((const char *)from, (const char *)to);
    }
    if (maps)
        fclose(maps);
    lua_pushinteger(L, found);
    return 1;
}

/* send{url=, ca_file=, allow=, plain_flag=, get=} -> response: the canary goes as header, in the query and,
 * unless `get`, in the body */
static int l_send(lua_State *L)
{
    canary_write(token);
    lua_getfield(L, 1, "url");
    lua_getfield(L, 1, "ca_file");
    lua_getfield(L, 1, "allow");
    lua_getfield(L, 1, "plain_flag");
    lua_getfield(L, 1, "get");
    bool get = lua_toboolean(L, 6);
    snprintf(url, sizeof url, "%s?SecurityToken=%s", lua_tostring(L, 2), token);
    struct http_header headers[] = {{.name = "x-acs-security-token", .value = token}};
    struct http_request request = {.method = get ? "GET" : "POST",
                                   .url = url,
                                   .headers = headers,
                                   .header_count = 1,
                                   .body = get ? NULL : token,
                                   .body_size = get ? 0 : CANARY_SIZE,
                                   .ca_file = lua_tostring(L, 3),
                                   .timeout = 5,
                                   .secret = !lua_toboolean(L, 5),
                                   .allow_mounted_secret = lua_toboolean(L, 4)};
    return http_send(L, &request);
}

static int started_done;

static void count_done(void *arg, struct http_exchange *exchange)
{
    started_done++;
    *(struct http_exchange **)arg = exchange;
}

static struct http_exchange *kept, *told;

/* start(url, cancel): http_start without waiting; keeps the exchange until finish() */
static int l_start(lua_State *L)
{
    struct http_request request = {.url = luaL_checkstring(L, 1), .timeout = 5};
    kept = http_start(runtime_of(L), &request, count_done, &told);
    if (lua_toboolean(L, 2))
        http_cancel(kept);
    return 0;
}

/* finish() -> done calls, status, a header, body, failure code, headers */
static int l_finish(lua_State *L)
{
    size_t size = 0;
    const struct http_failure *failure = http_failure(kept);
    lua_pushinteger(L, started_done);
    lua_pushinteger(L, http_status(kept));
    lua_pushstring(L, http_header(kept, "X-Test"));
    const char *body = http_body(kept, &size);
    lua_pushlstring(L, body, size);
    lua_pushstring(L, failure ? failure->code : NULL);
    lua_pushinteger(L, (lua_Integer)http_header_count(kept));
    lua_pushboolean(L, started_done == 0 || told == kept);
    http_free(kept);
    kept = told = NULL;
    started_done = 0;
    return 7;
}

static int open_probe(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"copies", l_copies}, {"send", l_send}, {"start", l_start}, {"finish", l_finish}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

static void run(const char *script)
{
    char path[] = "/tmp/peerway-test-XXXXXX.lua";
    int fd = mkstemps(path, 4);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, script, strlen(script)), (ssize_t)strlen(script));
    close(fd);
    struct runtime *rt = runtime_new();
    assert_non_null(rt);
    luaL_getsubtable(rt->L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(rt->L, open_probe);
    lua_setfield(rt->L, -2, "probe");
    lua_pop(rt->L, 1);
    char *argv[] = {"peerway", "run", path, NULL};
    int code = runtime_run(rt, 3, argv);
    runtime_free(rt);
    unlink(path);
    assert_int_equal(code, 0);
}

/* The scan reads memory that the sanitizer guards. */
static void skip_under_sanitizer(void)
{
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
}

static void secrets_stay_off_mounts(void **state)
{
    run("local http, probe, errors = require 'http', require 'probe', require 'errors'\n"
        "local seen\n"
        "local door <close> = http.mount('https://svc.example', function(r) seen = r return {} end)\n"
        "local ok, e = pcall(probe.send, { url = 'https://svc.example/p' })\n"
        "assert(not ok and errors.is(e, 'SecretRefused'), tostring(e))\n"
        "assert(seen == nil)\n"
        "local answer = probe.send { url = 'https://svc.example/p', allow = true }\n"
        "assert(#seen.headers['x-acs-security-token'] == 32)\n"
        "assert(answer.url == 'https://svc.example/p', answer.url)\n"
        "assert(probe.send { url = 'https://svc.example/p', plain_flag = true "
        "}.url:find('SecurityToken'))\n");
}

#define SERVER                                                                                               \
    "local process, probe, task, clock = require 'process', require 'probe', require 'task', require "       \
    "'clock'\n"                                                                                              \
    "local server <close> = process.spawn { 'python3', '" TEST_DATA                                          \
    "/../spec/http/hostile.py', keep_input = true }\n"                                                       \
    "local url = 'http://127.0.0.1:' .. server:read_line() .. '/'\n"

static void secrets_are_cleansed(void **state)
{
    skip_under_sanitizer();
    run(SERVER
        "for _, script in ipairs { 'close', 'cut-length', 'reset', 'two-lengths', 'endless-headers' } do\n"
        "  pcall(probe.send, { url = url .. script })\n"
        "end\n"
        "local begun = clock.monotonic()\n"
        "assert(not pcall(task.timeout, 0.2, probe.send, { url = url .. 'silence' }))\n"
        "assert(probe.send { url = url .. 'interim' }.status == 200)\n"
        "collectgarbage() collectgarbage()\n"
        "assert(probe.copies() == 0, probe.copies() .. ' copies are left')\n"
        "server:kill('KILL')\n");
}

static void secrets_are_cleansed_after_tls(void **state)
{
    skip_under_sanitizer();
    run("local process, probe, fs = require 'process', require 'probe', require 'fs'\n"
        "local folder = fs.temp_dir()\n"
        "local _ <close> = setmetatable({}, { __close = function() process.run { 'rm', '-rf', folder } end "
        "})\n"
        "assert(process.run { 'openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', "
        "'ec_paramgen_curve:P-256',\n"
        "  '-nodes', '-days', '2', '-subj', '/CN=x', '-addext', 'subjectAltName = IP:127.0.0.1',\n"
        "  '-keyout', 'k.pem', '-out', 'c.pem', cwd = folder }.code == 0)\n"
        "local server <close> = process.spawn { 'openssl', 's_server', '-www', '-accept', '127.0.0.1:0', "
        "'-cert',\n"
        "  'c.pem', '-key', 'k.pem', cwd = folder, keep_input = true }\n"
        "local port\n"
        "repeat port = server:read_line():match '^ACCEPT 127%.0%.0%.1:(%d+)' until port\n"
        "local answer = probe.send { url = 'https://127.0.0.1:' .. port .. '/', ca_file = folder .. "
        "'/c.pem', get = true }\n"
        "assert(answer.status == 200)\n"
        "collectgarbage() collectgarbage()\n"
        "assert(probe.copies() == 0, probe.copies() .. ' copies are left')\n"
        "server:kill('KILL')\n");
}

/* The scan itself must be able to find something. */
static void the_scan_finds(void **state)
{
    skip_under_sanitizer();
    char *copy = malloc(CANARY_SIZE + 1);
    canary_write(copy);
    run("local probe = require 'probe'\nassert(probe.copies() >= 1)\n");
    assert_int_equal(count_in(copy, copy + CANARY_SIZE), 1);
    explicit_bzero(copy, CANARY_SIZE);
    free(copy);
}

static void starts_and_cancels(void **state)
{
    run("local http, probe, task = require 'http', require 'probe', require 'task'\n"
        "local door <close> = http.mount('https://svc.example', function(r)\n"
        "  return { status = 404, headers = { ['X-Test'] = 'yes' }, body = 'gone' } end)\n"
        "probe.start('https://svc.example/')\n"
        "task.sleep(0.01)\n"
        "local calls, status, header, body, code, fields, same = probe.finish()\n"
        "assert(calls == 1 and status == 404 and header == 'yes' and body == 'gone' and not code and same)\n"
        "assert(fields == 2)\n"
        "probe.start('https://svc.example/', true)\n"
        "task.sleep(0.01)\n"
        "assert(probe.finish() == 0)\n"
        "probe.start('not a url')\n"
        "calls, status, header, body, code = probe.finish()\n"
        "assert(calls == 1 and code == 'InvalidUrl')\n"
        "probe.start('http://127.0.0.1:1/')\n"
        "task.sleep(0.05)\n"
        "calls, status, header, body, code = probe.finish()\n"
        "assert(calls == 1 and code == 'ConnectFailed')\n"
        "probe.start('http://127.0.0.1:1/', true)\n"
        "task.sleep(0.05)\n"
        "assert(probe.finish() == 0)\n");
}

int main(void)
{
    /* A mounted handler sees the secret as a Lua string, which stays: that test comes last. */
    const struct CMUnitTest tests[] = {cmocka_unit_test(starts_and_cancels), cmocka_unit_test(the_scan_finds),
                                       cmocka_unit_test(secrets_are_cleansed),
                                       cmocka_unit_test(secrets_are_cleansed_after_tls),
                                       cmocka_unit_test(secrets_stay_off_mounts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
