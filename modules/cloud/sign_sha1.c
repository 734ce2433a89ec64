/* SPDX-License-Identifier: MIT
 * sign_sha1.c: the strings to sign of the HMAC-SHA1 families: RPC V1, ROA V2, ODPS. */
#include "modules/cloud/encode.h"
#include "modules/cloud/sign.h"

bool sha1_signature(struct signer *signer, struct sign_key *key, enum key_use use,
                    char text[SHA1_BASE64_SIZE + 1])
{
    unsigned char mac[KEY_MAC_SIZE];
    if (signer->canonical.failed ||
        sign_key_mac(key, use, signer->canonical.data, signer->canonical.size, mac) != SHA1_SIZE)
        return false;
    base64_encode(mac, SHA1_SIZE, text);
    text[SHA1_BASE64_SIZE] = 0;
    return true;
}

bool rpc_string_to_sign(struct signer *signer, struct slice method, const struct pairs *sorted)
{
    struct bytes *out = &signer->canonical;
    out->size = 0;
    bytes_slice(out, method);
    bytes_text(out, "&%2F&");
    canonical_query(out, sorted, QUERY_TWICE);
    return !out->failed;
}

static void header_line(struct bytes *out, const struct pairs *headers, const char *name)
{
    const struct pair *header = pairs_find_header(headers, name);
    if (header)
        bytes_slice(out, slice_trim(header->value));
    bytes_char(out, '\n');
}

bool roa_string_to_sign(struct signer *signer, struct slice method, const struct pairs *headers,
                        struct slice path, const struct pairs *sorted, enum query_form form)
{
    struct bytes *out = &signer->canonical;
    out->size = 0;
    bytes_slice(out, method);
    bytes_char(out, '\n');
    header_line(out, headers, "accept");
    header_line(out, headers, "content-md5");
    header_line(out, headers, "content-type");
    header_line(out, headers, "date");
    if (!canonical_acs_headers(&signer->arena, out, headers))
        return false;
    bytes_slice(out, path);
    if (sorted->count) {
        bytes_char(out, '?');
        canonical_query(out, sorted, form);
    }
    return !out->failed;
}

/* Path and decoded parameters of an ODPS request. */
struct odps_resource {
    struct slice path;
    struct pairs params;
};

/* As the Python client: decode everything, cut ";..." off the last segment, decode the query again. */
static bool resource_as_pyodps(struct signer *signer, struct slice target, struct odps_resource *resource)
{
    struct bytes text = {.data = arena_alloc(&signer->arena, target.size + 1), .capacity = target.size + 1};
    struct slice rest, path;
    if (!text.data)
        return false;
    decode_append(&text, target, false);
    rest = (struct slice){text.data, text.size};
    slice_cut(&rest, '?', &path);
    const char *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;
    size_t from = slash ? (size_t)(slash - path.data) : 0;
    const char *cut = path.size ? memchr(path.data + from, ';', path.size - from) : NULL;
    if (cut)
        path.size = (size_t)(cut - path.data);
    resource->path = path;
    return !rest.data || pairs_parse(&signer->arena, &resource->params, rest);
}

static bool resource_decoded(struct signer *signer, struct slice target, struct odps_resource *resource)
{
    struct slice path;
    slice_cut(&target, '?', &path);
    struct bytes text = {.data = arena_alloc(&signer->arena, path.size + 1), .capacity = path.size + 1};
    if (!text.data)
        return false;
    decode_append(&text, path, false);
    resource->path = (struct slice){text.data, text.size};
    return !target.data || pairs_parse(&signer->arena, &resource->params, target);
}

static bool is_odps_name(struct slice name)
{
    return name.size > 7 && strncasecmp(name.data, "x-odps-", 7) == 0;
}

static struct slice lower(struct arena *arena, struct slice name)
{
    struct slice copy = arena_copy(arena, name);
    for (size_t i = 0; i < copy.size; i++)
        if (copy.data[i] >= 'A' && copy.data[i] <= 'Z')
            ((char *)copy.data)[i] += 'a' - 'A';
    return copy;
}

/* content-md5, content-type, date (value only), x-odps-* headers and parameters ("name:value"). */
static bool odps_lines(struct signer *signer, const struct pairs *headers, const struct pairs *params)
{
    static const char *const always[] = {"content-md5", "content-type", "date"};
    struct pairs lines = {0};
    for (int i = 0; i < 3; i++) {
        const struct pair *header = pairs_find_header(headers, always[i]);
        if (!pairs_add(&signer->arena, &lines, slice_of(always[i]),
                       header ? slice_trim(header->value) : (struct slice){"", 0}))
            return false;
    }
    for (size_t i = 0; i < headers->count; i++)
        if (is_odps_name(headers->items[i].name) &&
            !pairs_add(&signer->arena, &lines, lower(&signer->arena, headers->items[i].name),
                       slice_trim(headers->items[i].value)))
            return false;
    for (size_t i = 0; i < params->count; i++)
        if (slice_starts(params->items[i].name, "x-odps-") &&
            !pairs_add(&signer->arena, &lines, params->items[i].name, params->items[i].value))
            return false;
    if (!pairs_sort(&signer->arena, &lines))
        return false;
    pairs_keep_last(&lines);
    for (size_t i = 0; i < lines.count; i++) {
        if (is_odps_name(lines.items[i].name)) {
            bytes_slice(&signer->canonical, lines.items[i].name);
            bytes_char(&signer->canonical, ':');
        }
        bytes_slice(&signer->canonical, lines.items[i].value);
        bytes_char(&signer->canonical, '\n');
    }
    return true;
}

bool odps_string_to_sign(struct signer *signer, struct slice method, const struct pairs *headers,
                         struct slice target, bool as_pyodps)
{
    struct odps_resource resource = {0};
    if (!(as_pyodps ? resource_as_pyodps : resource_decoded)(signer, target, &resource) ||
        !pairs_sort(&signer->arena, &resource.params))
        return false;
    pairs_keep_last(&resource.params);
    signer->canonical.size = 0;
    bytes_slice(&signer->canonical, method);
    bytes_char(&signer->canonical, '\n');
    if (!odps_lines(signer, headers, &resource.params))
        return false;
    bytes_slice(&signer->canonical, resource.path);
    if (resource.params.count) {
        bytes_char(&signer->canonical, '?');
        canonical_query(&signer->canonical, &resource.params, QUERY_RAW_BARE);
    }
    return !signer->canonical.failed && !signer->arena.failed;
}
