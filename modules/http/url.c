/* SPDX-License-Identifier: MIT
 * url.c: strict splitting of http and https URLs, and what their hosts say about locality. */
#include "modules/http/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *bad_character(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p <= 32 || *p >= 127 || *p == '\\' || *p == '"' || *p == '<' || *p == '>')
            return "it holds a space, a control character or another byte that must be percent-encoded";
    return NULL;
}

static const char *take_scheme(const char **cursor, struct http_url *url)
{
    if (strncasecmp(*cursor, "https://", 8) == 0) {
        url->tls = true;
        *cursor += 8;
    } else if (strncasecmp(*cursor, "http://", 7) == 0) {
        *cursor += 7;
    } else {
        return "it must begin with https:// or http://";
    }
    return NULL;
}

static const char *take_ipv6(const char **cursor, struct http_url *url)
{
    const char *end = strchr(*cursor, ']');
    struct in6_addr address;
    size_t size = end ? (size_t)(end - *cursor - 1) : 0;
    if (size == 0 || size > HTTP_MAX_HOST)
        return "the address in brackets is malformed";
    memcpy(url->host, *cursor + 1, size);
    url->host[size] = '\0';
    if (inet_pton(AF_INET6, url->host, &address) != 1)
        return "the address in brackets is malformed";
    url->ipv6 = true;
    *cursor = end + 1;
    return NULL;
}

static const char *take_name(const char **cursor, struct http_url *url)
{
    size_t size = strcspn(*cursor, ":/?#");
    if (size == 0)
        return "the host is missing";
    if (size > HTTP_MAX_HOST)
        return "the host is longer than 253 characters";
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)(*cursor)[i];
        if (!isalnum(c) && c != '.' && c != '-' && c != '_')
            return c == '@' ? "user information is not accepted" : "the host holds a character no name has";
        url->host[i] = (char)tolower(c);
    }
    url->host[size] = '\0';
    if (url->host[0] == '.' || url->host[0] == '-' || strstr(url->host, ".."))
        return "the host has an empty or malformed label";
    /* 0x7f.1, 2130706433, 0177.0.0.1: forms that resolvers read as addresses and people do not. */
    const char *last = strrchr(url->host, '.');
    last = last && last[1] ? last + 1 : url->host;
    struct in_addr v4;
    if (isdigit((unsigned char)*last) && strspn(last, "0123456789abcdefx") == strlen(last) &&
        inet_pton(AF_INET, url->host, &v4) != 1)
        return "the host is a number but not an address in the form 1.2.3.4";
    *cursor += size;
    return NULL;
}

static const char *take_port(const char **cursor, struct http_url *url)
{
    unsigned long port = 0;
    size_t digits = 0;
    url->port = url->tls ? 443 : 80;
    if (**cursor != ':')
        return NULL;
    ++*cursor;
    for (; isdigit((unsigned char)(*cursor)[digits]) && digits < 6; digits++)
        port = port * 10 + (unsigned long)((*cursor)[digits] - '0');
    if (digits == 0 || port == 0 || port > 65535)
        return "the port is not a number from 1 to 65535";
    url->port = (uint16_t)port;
    *cursor += digits;
    return NULL;
}

const char *http_url_parse(const char *text, struct http_url *url)
{
    memset(url, 0, sizeof *url);
    const char *cursor = text;
    const char *why = bad_character(text);
    if (!why)
        why = take_scheme(&cursor, url);
    if (!why)
        why = *cursor == '[' ? take_ipv6(&cursor, url) : take_name(&cursor, url);
    if (!why)
        why = take_port(&cursor, url);
    if (why)
        return why;
    if (*cursor && !strchr("/?#", *cursor))
        return "user information is not accepted, and a path begins with /";
    url->target = cursor;
    url->target_size = strcspn(cursor, "#");
    url->path_size = strcspn(cursor, "?#");
    return NULL;
}

void http_url_authority(const struct http_url *url, char *text, size_t size)
{
    const char *form = url->ipv6 ? "[%s]" : "%s";
    int used = snprintf(text, size, form, url->host);
    if (url->port != (url->tls ? 443 : 80) && used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, ":%u", url->port);
}

bool http_url_same_origin(const struct http_url *a, const struct http_url *b)
{
    return a->tls == b->tls && a->port == b->port && strcmp(a->host, b->host) == 0;
}

bool http_url_loopback(const struct http_url *url)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (url->ipv6)
        return inet_pton(AF_INET6, url->host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
    if (inet_pton(AF_INET, url->host, &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127;
    return strcmp(url->host, "localhost") == 0;
}

bool http_url_local(const struct http_url *url)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (http_url_loopback(url))
        return true;
    if (url->ipv6)
        return inet_pton(AF_INET6, url->host, &v6) == 1 && IN6_IS_ADDR_LINKLOCAL(&v6);
    if (inet_pton(AF_INET, url->host, &v4) != 1)
        return false;
    uint32_t address = ntohl(v4.s_addr);
    return (address >> 16) == 0xa9fe || address == 0x646464c8; /* 169.254/16, 100.100.100.200 */
}
