/* SPDX-License-Identifier: MIT
 * error.h: the one error value of peerway, as C raises it. In Lua it is a table with the metatable of
 * module `errors`: kind, code, message, hint, and where known http_status, request_id, product,
 * action, region, host, recommend, cause, traceback; tostring() gives what, where, why, next step. */
#ifndef PEERWAY_ERROR_H
#define PEERWAY_ERROR_H

#include <lua.h>

/* Kinds, and the exit code a command gives for them:
 *   "usage" 64, "input" 5, "credentials" 7, "permission" 7, "network" 1, "cloud" 1, "throttled" 1,
 *   "timeout" 1, "verification" 4, "locked" 6, "cancelled" 130, "internal" 1. */

/* Pushes a new error table {kind=, code=, message=}. `message` is printf-like (lua_pushfstring's
 * conversions). [-0, +1, m] */
void error_push(lua_State *L, const char *kind, const char *code, const char *message, ...);

/* Sets a string field of the error table on the top of the stack; NULL value: nothing is done. */
void error_set(lua_State *L, const char *field, const char *value);

/* error_push and lua_error. */
int error_raise(lua_State *L, const char *kind, const char *code, const char *message, ...);

#endif
