/* SPDX-License-Identifier: MIT
 * store_lua.c: SQLite for the ledger. Connections run with WAL and synchronous=FULL, so that a commit
 * that returned survives a power cut. Calls are short and synchronous: a commit is one fsync. */
#include "modules/store/sqlite_api.h"
#include "runtime/error.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECTION "store.connection"

/* Another process that holds the write lock is waited for this long (milliseconds). */
#define BUSY_TIMEOUT 5000

struct connection {
    sqlite3 *db; /* NULL when closed */
    const struct sqlite_api *api;
};

static struct connection *check_connection(lua_State *L)
{
    struct connection *connection = luaL_checkudata(L, 1, CONNECTION);
    if (!connection->db)
        error_raise(L, "usage", "StoreClosed", "the ledger is closed");
    return connection;
}

static int raise_sqlite(lua_State *L, struct connection *connection, const char *doing)
{
    int code = connection->api->sqlite3_extended_errcode(connection->db);
    int primary = code & 0xff;
    const char *kind = primary == SQLITE_BUSY || primary == SQLITE_LOCKED ? "locked" : "internal";
    error_push(L, kind, "LedgerFailed", "the ledger could not %s: %s (SQLite %d)", doing,
               connection->api->sqlite3_errmsg(connection->db), code);
    error_set(L, "hint",
              primary == SQLITE_FULL       ? "the disk is full; free some space and run the command again"
              : primary == SQLITE_READONLY ? "check owner and mode of the state folder"
              : primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB
                  ? "move the file away; `peerway adopt` finds our objects again by tag and name"
                  : "run the command again");
    return lua_error(L);
}

static int l_close(lua_State *L)
{
    struct connection *connection = luaL_checkudata(L, 1, CONNECTION);
    if (connection->db) {
        connection->api->sqlite3_close_v2(connection->db);
        connection->db = NULL;
    }
    return 0;
}

static void bind_values(lua_State *L, struct connection *connection, sqlite3_stmt *statement, int first)
{
    const struct sqlite_api *api = connection->api;
    int count = api->sqlite3_bind_parameter_count(statement);
    for (int i = 0; i < count; i++) {
        int index = first + i;
        size_t size;
        const char *text;
        switch (lua_type(L, index)) {
        case LUA_TNUMBER:
            if (lua_isinteger(L, index))
                api->sqlite3_bind_int64(statement, i + 1, lua_tointeger(L, index));
            else
                api->sqlite3_bind_double(statement, i + 1, lua_tonumber(L, index));
            break;
        case LUA_TBOOLEAN:
            api->sqlite3_bind_int64(statement, i + 1, lua_toboolean(L, index));
            break;
        case LUA_TSTRING:
            text = lua_tolstring(L, index, &size);
            api->sqlite3_bind_text(statement, i + 1, text, (int)size, SQLITE_TRANSIENT);
            break;
        default:
            api->sqlite3_bind_null(statement, i + 1);
        }
    }
}

static void push_column(lua_State *L, const struct sqlite_api *api, sqlite3_stmt *statement, int column)
{
    switch (api->sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        lua_pushinteger(L, api->sqlite3_column_int64(statement, column));
        break;
    case SQLITE_FLOAT:
        lua_pushnumber(L, api->sqlite3_column_double(statement, column));
        break;
    case SQLITE_NULL:
        lua_pushnil(L);
        break;
    default:
        lua_pushlstring(L, (const char *)api->sqlite3_column_text(statement, column),
                        (size_t)api->sqlite3_column_bytes(statement, column));
    }
}

static void push_row(lua_State *L, const struct sqlite_api *api, sqlite3_stmt *statement)
{
    int columns = api->sqlite3_column_count(statement);
    lua_createtable(L, 0, columns);
    for (int i = 0; i < columns; i++) {
        push_column(L, api, statement, i);
        lua_setfield(L, -2, api->sqlite3_column_name(statement, i));
    }
}

/* A statement that is finalized also when Lua raises between prepare and finalize (out of memory). */
struct statement_box {
    sqlite3_stmt *statement;
    const struct sqlite_api *api;
};

static int statement_close(lua_State *L)
{
    struct statement_box *box = lua_touserdata(L, 1);
    if (box->statement)
        box->api->sqlite3_finalize(box->statement);
    box->statement = NULL;
    return 0;
}

static struct statement_box *new_statement_box(lua_State *L, const struct sqlite_api *api)
{
    struct statement_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    box->statement = NULL;
    box->api = api;
    if (luaL_newmetatable(L, "store.statement")) {
        lua_pushcfunction(L, statement_close);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return box;
}

/* connection:run(sql, ...) -> rows, changes. Runs one statement with values for its "?". */
static int l_run(lua_State *L)
{
    struct connection *connection = check_connection(L);
    const char *sql = luaL_checkstring(L, 2);
    int values = lua_gettop(L);
    const struct sqlite_api *api = connection->api;
    struct statement_box *box = new_statement_box(L, api);
    if (api->sqlite3_prepare_v2(connection->db, sql, -1, &box->statement, NULL) != SQLITE_OK)
        return raise_sqlite(L, connection, "prepare a statement");
    if (api->sqlite3_bind_parameter_count(box->statement) > values - 2)
        return error_raise(L, "usage", "MissingValue", "too few values for: %s", sql);
    bind_values(L, connection, box->statement, 3);
    lua_newtable(L);
    lua_Integer count = 0;
    int status;
    while ((status = api->sqlite3_step(box->statement)) == SQLITE_ROW) {
        push_row(L, api, box->statement);
        lua_rawseti(L, -2, ++count);
    }
    if (status != SQLITE_DONE)
        return raise_sqlite(L, connection, "run a statement");
    api->sqlite3_finalize(box->statement);
    box->statement = NULL;
    lua_pushinteger(L, api->sqlite3_changes(connection->db));
    return 2;
}

/* connection:script(sql): runs several statements without values. */
static int l_script(lua_State *L)
{
    struct connection *connection = check_connection(L);
    if (connection->api->sqlite3_exec(connection->db, luaL_checkstring(L, 2), NULL, NULL, NULL) != SQLITE_OK)
        return raise_sqlite(L, connection, "run a script");
    return 0;
}

/* The file is made by us, readable by its owner only, whatever the umask; links are not followed. */
static void create_private(lua_State *L, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        error_raise(L, "input", "CannotOpen", "cannot open the ledger %s: %s", path, strerror(errno));
    fchmod(fd, 0600);
    close(fd);
}

/* open(path) -> connection */
static int l_open(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    const char *why = NULL;
    const struct sqlite_api *api = sqlite_api_load(&why);
    if (!api)
        return error_raise(L, "internal", "LibraryMissing", "%s", why);
    if (strcmp(path, ":memory:") != 0)
        create_private(L, path);
    struct connection *connection = lua_newuserdatauv(L, sizeof *connection, 0);
    connection->db = NULL;
    connection->api = api;
    luaL_setmetatable(L, CONNECTION);
    int status =
        api->sqlite3_open_v2(path, &connection->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (!connection->db)
        return error_raise(L, "internal", "OutOfMemory", "out of memory");
    if (status != SQLITE_OK)
        return raise_sqlite(L, connection, "open");
    api->sqlite3_busy_timeout(connection->db, BUSY_TIMEOUT);
    if (api->sqlite3_exec(connection->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", NULL, NULL,
                          NULL) != SQLITE_OK)
        return raise_sqlite(L, connection, "set up");
    return 1;
}

/* Field 22 of /proc/PID/stat: the start time tells a process from a later one with its number. */
static long long start_time(long pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    const char *at = strrchr(text, ')'); /* the name may hold spaces and parentheses */
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    long long value = -1;
    if (at)
        sscanf(at, "%lld", &value);
    return value;
}

/* process() -> host name, pid, start time of this process */
static int l_process(lua_State *L)
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    lua_pushstring(L, host);
    lua_pushinteger(L, getpid());
    lua_pushinteger(L, start_time(getpid()));
    return 3;
}

/* alive(pid, start time) -> boolean: whether that very process still runs on this host */
static int l_alive(lua_State *L)
{
    long pid = (long)luaL_checkinteger(L, 1);
    lua_pushboolean(L, pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM) &&
                           start_time(pid) == luaL_checkinteger(L, 2));
    return 1;
}

static const luaL_Reg connection_methods[] = {
    {"run", l_run}, {"script", l_script}, {"close", l_close}, {NULL, NULL}};
static const luaL_Reg functions[] = {
    {"open", l_open}, {"process", l_process}, {"alive", l_alive}, {NULL, NULL}};

int luaopen_store_native(lua_State *L);

int luaopen_store_native(lua_State *L)
{
    luaL_newmetatable(L, CONNECTION);
    luaL_newlib(L, connection_methods);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, l_close);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, l_close);
    lua_setfield(L, -2, "__close");
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    return 1;
}
