/* SPDX-License-Identifier: MIT
 * dns_lua.h: what the Lua-side files of the module share. */
#ifndef PEERWAY_DNS_LUA_H
#define PEERWAY_DNS_LUA_H

#include <lauxlib.h>
#include <lua.h>

#include "modules/dns/batch.h"
#include "modules/dns/resolver.h"
#include "modules/dns/wire.h"

/* The engine of this runtime, made when first asked for. */
struct dns_resolver *dns_resolver_of(lua_State *L);

/* Reads a type at `index` (a name or a number); nil gives A. Raises kind "input". */
uint16_t dns_check_type(lua_State *L, int index);

/* Reads "address[:port]" at `index` into `endpoint`. Raises kind "input". */
void dns_check_endpoint(lua_State *L, int index, struct dns_endpoint *endpoint, uint16_t port);

/* Pushes the record as a table. `question`: absolute index of the text of the question's name, or 0.
 * [-0, +1, m] */
void dns_push_record(lua_State *L, const struct dns_message *message, const struct dns_record *record,
                     int question);

/* Pushes the list of the records of a section. [-0, +1, m] */
void dns_push_section(lua_State *L, const struct dns_message *message, enum dns_section section);

/* Pushes {aa=, tc=, rd=, ra=, ad=, cd=}. [-0, +1, m] */
void dns_push_flags(lua_State *L, unsigned flags);

/* Pushes what the OPT record says, or nil. [-0, +1, m] */
void dns_push_edns(lua_State *L, const struct dns_message *message);

/* Pushes the name as text. [-0, +1, m] */
void dns_push_name(lua_State *L, const struct dns_name *name);

/* Pushes the end of an item: an answer table, or an error value. `name`: absolute index of the name as text,
 * as it was asked for, or 0. [-0, +1, m] */
void dns_push_result(lua_State *L, const struct dns_batch *batch, unsigned index, int name);

/* Pushes the same from a message that did not come through the engine (a mounted handler). */
void dns_push_judgement(lua_State *L, const struct dns_message *message, const struct dns_name *name,
                        uint16_t type, const char *server, const char *protocol, double elapsed);

/* native.decode, native.encode */
int dns_decode(lua_State *L);
int dns_encode(lua_State *L);

/* native.batch, native.judge */
int dns_batch_open(lua_State *L);
int dns_judge(lua_State *L);

/* native.server */
int dns_server_open(lua_State *L);

/* native.system */
int dns_system(lua_State *L);

#endif
