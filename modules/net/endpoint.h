/* SPDX-License-Identifier: MIT
 * endpoint.h: literal addresses and non-blocking connects, shared by the probes of this module. */
#ifndef PEERWAY_NET_ENDPOINT_H
#define PEERWAY_NET_ENDPOINT_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct endpoint {
    struct sockaddr_storage address;
    socklen_t size;
};

/* Reads a literal IPv4 or IPv6 address ("fe80::1%eth0" too). False: it is none. */
bool endpoint_parse(const char *text, uint16_t port, struct endpoint *endpoint);
/* Pushes {address = "1.2.3.4", port = n}. [-0, +1, m] */
void endpoint_push(lua_State *L, const struct endpoint *endpoint);
/* Reads address and port from arguments 1 and 2; raises for anything else. */
void endpoint_check(lua_State *L, const char *function, struct endpoint *endpoint);
/* Option `timeout` of the table at index 3, in seconds; 10 when absent. Raises. */
double endpoint_timeout(lua_State *L, const char *function);
/* Raises for keys of the table at index 3 (nil allowed) that are not among `names`. */
void endpoint_check_options(lua_State *L, const char *function, const char *const *names);

/* Starts connecting; returns the descriptor (close-on-exec, non-blocking), or -errno. */
int endpoint_connect(const struct endpoint *remote, const struct endpoint *source);
/* What became of it, once writable: 0 or an errno. */
int endpoint_result(int fd);
/* One word for an errno: "refused", "timeout", "unreachable", "reset", "denied", "unavailable", "failed". */
const char *endpoint_reason(int number);

int net_l_connect(lua_State *L);   /* connect_lua.c */
int net_l_tls(lua_State *L);       /* tls_lua.c */
int net_l_addresses(lua_State *L); /* addresses_lua.c */
int net_l_route(lua_State *L);     /* route_lua.c */

#endif
