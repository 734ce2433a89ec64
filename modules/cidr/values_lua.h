/* SPDX-License-Identifier: MIT
 * values_lua.h: how the Lua-facing files of this module pass addresses, prefixes and exact numbers. */
#ifndef PEERWAY_CIDR_VALUES_LUA_H
#define PEERWAY_CIDR_VALUES_LUA_H

#include "modules/cidr/number.h"
#include "modules/cidr/parse.h"

#include <lua.h>

/* Registry names of the metatables; also what type errors show. */
#define CIDR_ADDRESS "cidr.address"
#define CIDR_PREFIX "cidr.prefix"
#define CIDR_SET "cidr.prefix_set"
#define CIDR_TABLE "cidr.route_table"

/* An address as userdata. The zone id belongs to its text and identity, arithmetic ignores it. */
struct cidr_scoped {
    struct cidr_address address;
    uint8_t zone_size;
    char zone[];
};

/* [-0, +1, m] */
void cidr_push_address(lua_State *L, struct cidr_address a);
void cidr_push_scoped(lua_State *L, struct cidr_address a, const char *zone, size_t zone_size);
void cidr_push_prefix(lua_State *L, struct cidr_prefix p);

/* A Lua integer when it fits, else a string of decimal digits. [-0, +1, m] */
void cidr_push_count(lua_State *L, struct cidr_count count);
void cidr_push_number(lua_State *L, cidr_u128 number);
void cidr_push_signed(lua_State *L, cidr_u128 magnitude, bool negative);

/* The argument as an exact number: integer, float without fraction, or string of digits ("0x" too). */
cidr_u128 cidr_check_signed(lua_State *L, int arg, bool *negative);

/* The same for positions, which count from the end when negative: -2^128, the first address of ::/0 as
 * seen from its end, is 0 with *negative. */
cidr_u128 cidr_check_position(lua_State *L, int arg, bool *negative);
cidr_u128 cidr_check_number(lua_State *L, int arg);

/* The argument as an address: address, or text (strict; a zone id is dropped). Raises kind "input". */
struct cidr_address cidr_check_address(lua_State *L, int arg);

/* The userdata at `index` when its metatable is that of the given upvalue, else NULL: luaL_testudata
 * without its search of the registry, for functions that are called very often. */
void *cidr_instance(lua_State *L, int index, int upvalue);

/* The string at `index` as an address or a prefix. Raise kind "input". */
struct cidr_address cidr_text_address(lua_State *L, int index, unsigned flags, size_t *zone_size);
struct cidr_prefix cidr_text_prefix(lua_State *L, int index, unsigned flags);

/* The argument as a block: prefix, address (just that address), or text of either. */
struct cidr_prefix cidr_check_block(lua_State *L, int arg);

/* As cidr_check_block for the value at any stack index; false when it is of another type. Raises only
 * for texts that do not parse. */
bool cidr_to_block(lua_State *L, int index, struct cidr_prefix *out);

/* A prefix length argument between low and high. */
unsigned cidr_check_length(lua_State *L, int arg, unsigned low, unsigned high);

/* Parse flags from the option table at `arg` (none: 0): loose, netmask, lenient="decimal"|"octal". */
unsigned cidr_check_flags(lua_State *L, int arg);

/* Raises {kind="input", code=, message=, hint=, offset=} for a text that did not parse. */
int cidr_raise_text(lua_State *L, const char *code, const char *noun, const char *text,
                    const struct cidr_problem *problem, const char *hint);

/* Pushes an iterator over `count` addresses (length < 0) or prefixes of `length` bits from `start`. */
void cidr_push_steps(lua_State *L, struct cidr_address start, cidr_u128 last_index, bool empty, int length);

/* Creates the metatables. [-0, +0, m] */
void cidr_open_address(lua_State *L);
void cidr_open_prefix(lua_State *L);

#endif
