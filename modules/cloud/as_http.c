/* SPDX-License-Identifier: MIT
 * as_http.c: pointers to what was built; only the URL is put together. */
#include "modules/cloud/as_http.h"

static char *join_url(const struct signed_request *built, struct slice host, bool plain, struct arena *arena)
{
    size_t size = sizeof "https://" + host.size + built->target.size;
    struct bytes url = {.data = arena_alloc(arena, size), .capacity = size};
    if (!url.data)
        return NULL;
    bytes_text(&url, plain ? "http://" : "https://");
    bytes_slice(&url, host);
    bytes_slice(&url, built->target);
    bytes_char(&url, '\0');
    return url.data;
}

bool as_http(const struct sign_request *request, const struct signed_request *built, bool plain,
             struct arena *arena, struct http_request *http)
{
    struct http_header *headers = arena_alloc(arena, (built->headers.count + 1) * sizeof *headers);
    http->method = arena_copy(arena, request->method).data;
    http->url = join_url(built, request->host, plain, arena);
    if (!headers || !http->url || arena->failed)
        return false;
    for (size_t i = 0; i < built->headers.count; i++) {
        struct slice name = built->headers.items[i].name, value = built->headers.items[i].value;
        headers[i] = (struct http_header){name.data, value.size ? value.data : "", name.size, value.size};
    }
    http->headers = headers;
    http->header_count = built->headers.count;
    http->body = built->body.size ? built->body.data : NULL;
    http->body_size = built->body.size;
    return true;
}
