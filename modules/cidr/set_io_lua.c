/* SPDX-License-Identifier: MIT
 * set_io_lua.c: prefix sets from and to texts and files; the text never becomes a Lua string unless
 * asked for. */
#include "modules/cidr/set_lua.h"
#include "modules/cidr/values_lua.h"

#include "runtime/error.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Room for the path of the file that is written beside the target. */
#define PATH_ROOM 4096

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* cidr.read(path[, options]) -> set; "-" is standard input */
int cidr_l_read(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    unsigned flags = cidr_check_flags(L, 2);
    struct cidr_set *set = cidr_push_set(L);
    struct cidr_text_problem problem = {0};
    int fd = is_standard(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_raise(L, "input", "UnreadableSet", "cannot open %s: %s", path, strerror(errno));
    bool ok = cidr_read_set(fd, flags, set, &problem);
    if (fd != STDIN_FILENO)
        close(fd);
    if (!ok)
        return cidr_raise_set_text(L, is_standard(path) ? "standard input" : path, &problem);
    cidr_finish_set(L, set);
    return 1;
}

static enum cidr_set_format check_format(lua_State *L, int arg)
{
    static const char *const names[] = {"prefixes", "ranges", NULL};
    return luaL_checkoption(L, arg, "prefixes", names) == 0 ? CIDR_FORMAT_PREFIXES : CIDR_FORMAT_RANGES;
}

static bool sink_buffer(void *arg, const char *text, size_t size)
{
    luaL_addlstring(arg, text, size);
    return true;
}

/* set:text([format]) -> string, one item a line */
static int l_text(lua_State *L)
{
    const struct cidr_set *set = luaL_checkudata(L, 1, CIDR_SET);
    enum cidr_set_format format = check_format(L, 2);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    cidr_write_set(set, format, sink_buffer, &b);
    luaL_pushresult(&b);
    return 1;
}

/* Writes to a new file beside `path` and renames it: the old content stays until the new one is whole.
 * Returns 0 or an errno. */
static int replace_file(const struct cidr_set *set, enum cidr_set_format format, const char *path)
{
    char beside[PATH_ROOM];
    int size = snprintf(beside, sizeof beside, "%s.%ld.new", path, (long)getpid());
    if (size < 0 || size >= PATH_ROOM)
        return ENAMETOOLONG;
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno;
    int error = cidr_write_set(set, format, cidr_sink_fd, &fd) ? 0 : errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(beside, path) != 0)
        error = errno;
    if (error != 0)
        unlink(beside);
    return error;
}

/* set:write(path[, format]); "-" is standard output */
static int l_write(lua_State *L)
{
    const struct cidr_set *set = luaL_checkudata(L, 1, CIDR_SET);
    const char *path = luaL_checkstring(L, 2);
    enum cidr_set_format format = check_format(L, 3);
    int fd = STDOUT_FILENO, error;
    if (is_standard(path)) {
        fflush(stdout);
        error = cidr_write_set(set, format, cidr_sink_fd, &fd) ? 0 : errno;
    } else {
        error = replace_file(set, format, path);
    }
    if (error != 0)
        return error_raise(L, "input", "UnwritableSet", "cannot write %s: %s",
                           is_standard(path) ? "standard output" : path, strerror(error));
    return 0;
}

const luaL_Reg cidr_set_io_methods[] = {{"text", l_text}, {"write", l_write}, {NULL, NULL}};
