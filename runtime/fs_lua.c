/* SPDX-License-Identifier: MIT
 * fs_lua.c: module `fs`: the few file operations that io and os lack. Errors are error values of
 * kind "input" that name the path and the reason. */
#include "runtime/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(lua_State *L, const char *what, const char *path)
{
    return error_raise(L, "input", "FileError", "cannot %s %s: %s", what, path, strerror(errno));
}

/* read(path) -> text; raises when it cannot be read */
static int l_read(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(L, "read", path);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    ssize_t got;
    do {
        char *space = luaL_prepbuffsize(&buffer, 65536);
        got = read(fd, space, 65536);
        if (got > 0)
            luaL_addsize(&buffer, (size_t)got);
    } while (got > 0 || (got < 0 && errno == EINTR));
    int problem = errno;
    close(fd);
    if (got < 0) {
        errno = problem;
        return fail(L, "read", path);
    }
    luaL_pushresult(&buffer);
    return 1;
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        data += written;
        size -= (size_t)written;
    }
    return 0;
}

static int sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (length >= sizeof folder)
        return -1;
    if (!slash)
        strcpy(folder, ".");
    else if (length == 0)
        strcpy(folder, "/");
    else {
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int result = fsync(fd);
    close(fd);
    return result;
}

/* write_atomic(path, data, [mode = 0600]): all or nothing, durable */
static int l_write_atomic(lua_State *L)
{
    size_t size;
    const char *path = luaL_checkstring(L, 1);
    const char *data = luaL_checklstring(L, 2, &size);
    mode_t mode = (mode_t)luaL_optinteger(L, 3, 0600);
    const char *temporary = lua_pushfstring(L, "%s.%d.new", path, (int)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return fail(L, "write", path);
    int failed = write_all(fd, data, size) < 0 || fsync(fd) < 0;
    failed = close(fd) < 0 || failed;
    if (failed || rename(temporary, path) < 0) {
        int problem = errno;
        unlink(temporary);
        errno = problem;
        return fail(L, "write", path);
    }
    if (sync_folder_of(path) < 0)
        return fail(L, "sync the folder of", path);
    return 0;
}

/* mkdir(path, [mode = 0700]): with parents; an existing folder is fine */
static int l_mkdir(lua_State *L)
{
    size_t length;
    const char *path = luaL_checklstring(L, 1, &length);
    mode_t mode = (mode_t)luaL_optinteger(L, 2, 0700);
    char partial[PATH_MAX];
    if (length == 0 || length >= sizeof partial)
        return luaL_argerror(L, 1, "empty or too long");
    memcpy(partial, path, length + 1);
    for (char *next = partial + 1;; next++) {
        if (*next != '/' && *next != '\0')
            continue;
        char end = *next;
        *next = '\0';
        if (mkdir(partial, mode) < 0 && errno != EEXIST)
            return fail(L, "create", path);
        *next = end;
        if (!end)
            return 0;
    }
}

/* stat(path) -> {type = "file" | "directory" | "other", size, mode, uid, mtime} | nil */
static int l_stat(lua_State *L)
{
    struct stat info;
    if (stat(luaL_checkstring(L, 1), &info) < 0)
        return 0;
    lua_createtable(L, 0, 5);
    lua_pushstring(L, S_ISREG(info.st_mode) ? "file" : S_ISDIR(info.st_mode) ? "directory" : "other");
    lua_setfield(L, -2, "type");
    lua_pushinteger(L, (lua_Integer)info.st_size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, (lua_Integer)(info.st_mode & 07777));
    lua_setfield(L, -2, "mode");
    lua_pushinteger(L, (lua_Integer)info.st_uid);
    lua_setfield(L, -2, "uid");
    lua_pushnumber(L, (double)info.st_mtim.tv_sec + (double)info.st_mtim.tv_nsec / 1e9);
    lua_setfield(L, -2, "mtime");
    return 1;
}

static int collect_names(lua_State *L)
{
    DIR *folder = lua_touserdata(L, 1);
    lua_newtable(L);
    int index = 1;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        lua_pushstring(L, entry->d_name);
        lua_rawseti(L, -2, index++);
    }
    return 1;
}

/* list(folder) -> names, in no order */
static int l_list(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    DIR *folder = opendir(path);
    if (!folder)
        return fail(L, "list", path);
    lua_pushcfunction(L, collect_names);
    lua_pushlightuserdata(L, folder);
    int status = lua_pcall(L, 1, 1, 0); /* out of memory must not leak the folder */
    closedir(folder);
    return status == LUA_OK ? 1 : lua_error(L);
}

/* remove(path): a file or an empty folder; a missing one is fine */
static int l_remove(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    if (remove(path) < 0 && errno != ENOENT)
        return fail(L, "remove", path);
    return 0;
}

/* temp_dir() -> a new folder of our own, mode 0700 */
static int l_temp_dir(lua_State *L)
{
    const char *base = getenv("TMPDIR");
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/peerway-XXXXXX", base && *base ? base : "/tmp") >= (int)sizeof path ||
        !mkdtemp(path))
        return fail(L, "create a temporary folder in", base ? base : "/tmp");
    lua_pushstring(L, path);
    return 1;
}

/* realpath(path) -> absolute path without links | nil */
static int l_realpath(lua_State *L)
{
    char *path = realpath(luaL_checkstring(L, 1), NULL);
    if (!path)
        return 0;
    lua_pushstring(L, path);
    free(path);
    return 1;
}

/* is_terminal(descriptor) -> boolean */
static int l_is_terminal(lua_State *L)
{
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

#define LOCK_TYPE "fs.lock"

/* lock(path) -> a lock with :close(), or nil while another holds it. The file is made when it is
 * missing and stays; the kernel lets go when the process dies. */
static int l_lock(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    int *fd = lua_newuserdatauv(L, sizeof *fd, 0);
    *fd = -1;
    luaL_setmetatable(L, LOCK_TYPE);
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0)
        return fail(L, "lock", path);
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return 1;
    int problem = errno;
    close(*fd);
    *fd = -1;
    errno = problem;
    if (problem != EWOULDBLOCK)
        return fail(L, "lock", path);
    lua_pushnil(L);
    return 1;
}

static int l_unlock(lua_State *L)
{
    int *fd = luaL_checkudata(L, 1, LOCK_TYPE);
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return 0;
}

static void register_lock_type(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"close", l_unlock}, {"__gc", l_unlock}, {"__close", l_unlock}, {NULL, NULL}};
    luaL_newmetatable(L, LOCK_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

int luaopen_fs(lua_State *L);
int luaopen_fs(lua_State *L)
{
    static const luaL_Reg functions[] = {{"read", l_read},
                                         {"write_atomic", l_write_atomic},
                                         {"mkdir", l_mkdir},
                                         {"stat", l_stat},
                                         {"list", l_list},
                                         {"remove", l_remove},
                                         {"temp_dir", l_temp_dir},
                                         {"realpath", l_realpath},
                                         {"is_terminal", l_is_terminal},
                                         {"lock", l_lock},
                                         {NULL, NULL}};
    register_lock_type(L);
    luaL_newlib(L, functions);
    return 1;
}
