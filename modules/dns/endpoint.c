/* SPDX-License-Identifier: MIT
 * endpoint.c: address and port of a server or client. */
#include "modules/dns/endpoint.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 1 to 65535 (0 when allowed), digits only. */
static bool read_port(const char *text, uint16_t *port)
{
    unsigned long value = 0;
    size_t n = strlen(text);

    if (n == 0 || n > 5 || strspn(text, "0123456789") != n)
        return false;
    value = strtoul(text, NULL, 10);
    *port = (uint16_t)value;
    return value > 0 && value <= 65535;
}

static bool read_v6(struct dns_endpoint *endpoint, char *text, uint16_t port)
{
    char *zone = strchr(text, '%');

    memset(endpoint, 0, sizeof *endpoint);
    endpoint->size = sizeof endpoint->address.v6;
    endpoint->address.v6.sin6_family = AF_INET6;
    endpoint->address.v6.sin6_port = htons(port);
    if (zone) {
        *zone++ = '\0';
        endpoint->address.v6.sin6_scope_id = if_nametoindex(zone);
        if (endpoint->address.v6.sin6_scope_id == 0)
            return false;
    }
    return inet_pton(AF_INET6, text, &endpoint->address.v6.sin6_addr) == 1;
}

static bool read_v4(struct dns_endpoint *endpoint, const char *text, uint16_t port)
{
    memset(endpoint, 0, sizeof *endpoint);
    endpoint->size = sizeof endpoint->address.v4;
    endpoint->address.v4.sin_family = AF_INET;
    endpoint->address.v4.sin_port = htons(port);
    return inet_pton(AF_INET, text, &endpoint->address.v4.sin_addr) == 1;
}

bool dns_endpoint_from_text(struct dns_endpoint *endpoint, const char *text, size_t length, uint16_t port)
{
    char copy[DNS_ENDPOINT_TEXT], *colon;

    if (length == 0 || length >= sizeof copy || memchr(text, '\0', length))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (copy[0] == '[') {
        char *end = strchr(copy, ']');

        if (!end || (end[1] != '\0' && (end[1] != ':' || !read_port(end + 2, &port))))
            return false;
        *end = '\0';
        return read_v6(endpoint, copy + 1, port);
    }
    colon = strchr(copy, ':');
    if (colon && strchr(colon + 1, ':'))
        return read_v6(endpoint, copy, port);
    if (colon && !read_port(colon + 1, &port))
        return false;
    if (colon)
        *colon = '\0';
    return read_v4(endpoint, copy, port);
}

uint16_t dns_endpoint_port(const struct dns_endpoint *endpoint)
{
    if (endpoint->address.any.sa_family == AF_INET6)
        return ntohs(endpoint->address.v6.sin6_port);
    return ntohs(endpoint->address.v4.sin_port);
}

void dns_endpoint_set_port(struct dns_endpoint *endpoint, uint16_t port)
{
    if (endpoint->address.any.sa_family == AF_INET6)
        endpoint->address.v6.sin6_port = htons(port);
    else
        endpoint->address.v4.sin_port = htons(port);
}

uint16_t dns_endpoint_split(const struct dns_endpoint *endpoint, char text[DNS_ENDPOINT_TEXT])
{
    const struct sockaddr_in6 *v6 = &endpoint->address.v6;
    char zone[IF_NAMESIZE];

    if (endpoint->address.any.sa_family != AF_INET6) {
        inet_ntop(AF_INET, &endpoint->address.v4.sin_addr, text, DNS_ENDPOINT_TEXT);
    } else {
        inet_ntop(AF_INET6, &v6->sin6_addr, text, DNS_ENDPOINT_TEXT);
        if (v6->sin6_scope_id && if_indextoname(v6->sin6_scope_id, zone)) {
            size_t n = strlen(text);

            snprintf(text + n, DNS_ENDPOINT_TEXT - n, "%%%s", zone);
        }
    }
    return dns_endpoint_port(endpoint);
}

void dns_endpoint_to_text(const struct dns_endpoint *endpoint, char text[DNS_ENDPOINT_TEXT])
{
    char address[DNS_ENDPOINT_TEXT];
    unsigned port = dns_endpoint_split(endpoint, address);
    bool v6 = endpoint->address.any.sa_family == AF_INET6;

    snprintf(text, DNS_ENDPOINT_TEXT, v6 ? "[%.70s]:%u" : "%.70s:%u", address, port);
}

bool dns_endpoint_equal(const struct dns_endpoint *a, const struct dns_endpoint *b)
{
    if (a->address.any.sa_family != b->address.any.sa_family || dns_endpoint_port(a) != dns_endpoint_port(b))
        return false;
    if (a->address.any.sa_family == AF_INET6)
        return memcmp(&a->address.v6.sin6_addr, &b->address.v6.sin6_addr, 16) == 0 &&
               a->address.v6.sin6_scope_id == b->address.v6.sin6_scope_id;
    return a->address.v4.sin_addr.s_addr == b->address.v4.sin_addr.s_addr;
}

bool dns_endpoint_from_sockaddr(struct dns_endpoint *endpoint, const struct sockaddr *address, socklen_t size)
{
    bool v4 = address->sa_family == AF_INET && size >= sizeof(struct sockaddr_in);
    bool v6 = address->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6);

    if (!v4 && !v6)
        return false;
    memset(endpoint, 0, sizeof *endpoint);
    endpoint->size = v4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    memcpy(&endpoint->address, address, endpoint->size);
    return true;
}
