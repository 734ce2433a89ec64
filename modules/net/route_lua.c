/* SPDX-License-Identifier: MIT
 * route_lua.c: net.route: the kernel's own answer to "where would a packet to this address go". rtnetlink
 * answers inside the send, so nothing waits. */
#include "modules/net/endpoint.h"

#include "runtime/error.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <lauxlib.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

struct route_query {
    struct nlmsghdr head;
    struct rtmsg route;
    struct rtattr attribute;
    unsigned char address[16];
};

static int ask(int fd, const struct endpoint *to, char *answer, size_t size)
{
    bool v4 = to->address.ss_family == AF_INET;
    unsigned char length = v4 ? 4 : 16;
    struct route_query query = {
        .head = {.nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = 1},
        .route = {.rtm_family = (unsigned char)to->address.ss_family,
                  .rtm_dst_len = (unsigned char)(length * 8)},
        .attribute = {.rta_type = RTA_DST, .rta_len = (unsigned short)RTA_LENGTH(length)}};
    query.head.nlmsg_len = (unsigned)(NLMSG_LENGTH(sizeof query.route) + RTA_LENGTH(length));
    if (v4)
        memcpy(query.address, &((const struct sockaddr_in *)(const void *)&to->address)->sin_addr, 4);
    else
        memcpy(query.address, &((const struct sockaddr_in6 *)(const void *)&to->address)->sin6_addr, 16);
    if (send(fd, &query, query.head.nlmsg_len, 0) < 0)
        return -errno;
    ssize_t got = recv(fd, answer, size, MSG_DONTWAIT);
    return got < 0 ? -errno : (int)got;
}

static const char *type_name(unsigned type)
{
    static const char *const names[] = {"unspecified", "unicast",   "local",       "broadcast", "anycast",
                                        "multicast",   "blackhole", "unreachable", "prohibit"};
    return type < sizeof names / sizeof *names ? names[type] : "other";
}

static void set_address(lua_State *L, const char *field, int family, const struct rtattr *attribute)
{
    char text[INET6_ADDRSTRLEN];
    if (RTA_PAYLOAD(attribute) != (family == AF_INET ? 4 : 16))
        return;
    lua_pushstring(L, inet_ntop(family, RTA_DATA(attribute), text, sizeof text));
    lua_setfield(L, -2, field);
}

static void push_route(lua_State *L, const struct nlmsghdr *head)
{
    const struct rtmsg *route = NLMSG_DATA(head);
    int left = (int)RTM_PAYLOAD(head);
    lua_createtable(L, 0, 5);
    lua_pushstring(L, type_name(route->rtm_type));
    lua_setfield(L, -2, "type");
    for (const struct rtattr *at = RTM_RTA(route); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
        char name[IF_NAMESIZE];
        unsigned number = 0;
        if (RTA_PAYLOAD(at) >= sizeof number)
            memcpy(&number, RTA_DATA(at), sizeof number);
        if (at->rta_type == RTA_OIF && if_indextoname(number, name)) {
            lua_pushstring(L, name);
            lua_setfield(L, -2, "interface");
        } else if (at->rta_type == RTA_TABLE) {
            lua_pushinteger(L, number);
            lua_setfield(L, -2, "table");
        } else if (at->rta_type == RTA_GATEWAY) {
            set_address(L, "gateway", route->rtm_family, at);
        } else if (at->rta_type == RTA_PREFSRC) {
            set_address(L, "source", route->rtm_family, at);
        }
    }
}

static int push_refusal(lua_State *L, int number)
{
    lua_pushnil(L);
    lua_pushstring(L, endpoint_reason(number == EINVAL ? EHOSTUNREACH : number)); /* EINVAL: a blackhole */
    lua_pushstring(L, strerror(number));
    return 3;
}

/* route(address) -> {interface=, source=, gateway=, table=, type=} | nil, reason, text */
int net_l_route(lua_State *L)
{
    const char *text = luaL_checkstring(L, 1);
    struct endpoint to;
    char answer[8192] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
    if (runtime_of(L)->world->simulated)
        return error_raise(L, "usage", "NoNetwork", "net.route: the simulated world has no network");
    if (!endpoint_parse(text, 0, &to))
        return error_raise(L, "usage", "InvalidAddress", "net.route: '%s' is no literal address", text);
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return error_raise(L, "internal", "NetlinkFailed", "net.route: no netlink socket: %s",
                           strerror(errno));
    int got = ask(fd, &to, answer, sizeof answer);
    close(fd);
    const struct nlmsghdr *head = (const struct nlmsghdr *)(const void *)answer;
    if (got < 0 || !NLMSG_OK(head, (unsigned)got))
        return error_raise(L, "internal", "NetlinkFailed", "net.route: the kernel gave no answer: %s",
                           strerror(got < 0 ? -got : EPROTO));
    if (head->nlmsg_type == NLMSG_ERROR)
        return push_refusal(L, -((const struct nlmsgerr *)NLMSG_DATA(head))->error);
    push_route(L, head);
    return 1;
}
