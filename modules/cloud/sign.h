/* SPDX-License-Identifier: MIT
 * sign.h: from a described call to the exact bytes that go on the wire, for every signature family
 * that Alibaba Cloud's official clients use. No Lua, no network. */
#ifndef PEERWAY_CLOUD_SIGN_H
#define PEERWAY_CLOUD_SIGN_H

#include <stdint.h>

#include "modules/cloud/canonical.h"
#include "modules/cloud/sign_key.h"

enum sign_scheme {
    SIGN_ACS3,      /* ACS3-HMAC-SHA256, RPC and ROA style */
    SIGN_RPC,       /* RPC V1: HMAC-SHA1, SignatureVersion 1.0 */
    SIGN_ROA,       /* ROA V2: "Authorization: acs" */
    SIGN_ODPS,      /* MaxCompute data API, legacy; with a region: V4 */
    SIGN_BEARER,    /* a bearer token instead of a signature */
    SIGN_ANONYMOUS, /* no credential at all */
};

enum sign_style { STYLE_RPC, STYLE_ROA };

/* Where RPC V1 puts its parameters. */
enum sign_layout {
    LAYOUT_DEFAULT, /* GET: query; POST: form, except that a form-less call without token uses the query */
    LAYOUT_QUERY,   /* everything in the query */
    LAYOUT_FORM,    /* everything in the body, the signature too (pop-core) */
    LAYOUT_MIXED,   /* common parameters in the query, those of `form` in the body (Go SDK, openapi-core) */
};

/* Everything is decoded except `path`, which is given percent-encoded. `query` may be sorted in place. */
struct sign_request {
    enum sign_scheme scheme;
    enum sign_style style;
    enum sign_layout layout;
    struct slice method;
    struct slice host; /* as the Host header will be, with a non-default port */
    struct slice path;
    struct slice action;
    struct slice version;
    struct slice region; /* ODPS V4 */
    struct slice prefix; /* ODPS: path of the endpoint, "/api"; not part of the resource */
    struct pairs query;
    struct pairs form;
    bool has_form;
    bool has_body;
    struct slice body;
    struct slice content_type; /* of `body`; empty: none is sent */
    struct pairs headers;      /* further ones; a name of ours replaces our value */
    bool content_md5;          /* ROA V2: add Content-MD5, as pop-core does */
    struct slice nonce;
    int64_t time; /* seconds since 1970, UTC */
    struct slice user_agent;
};

struct sign_credential {
    struct slice access_key_id;
    struct slice token; /* STS security token, or the bearer token of SIGN_BEARER */
    struct sign_key *key;
};

/* Lives in the signer's arena until the next sign_build with that signer. */
struct signed_request {
    struct pairs headers; /* in the order of the official clients; names as sent */
    struct slice target;  /* path and query as sent */
    struct slice body;
    struct slice string_to_sign;
};

/* Work space of one thread of control; reused from call to call. */
struct signer {
    const struct crypto *crypto;
    EVP_MD_CTX *md;
    struct arena arena;
    struct bytes canonical; /* canonical request or string to sign */
    struct bytes names;     /* signed header names */
    struct bytes wire;      /* query or form as sent */
};

/* NULL in *why when all is well. */
bool signer_init(struct signer *signer, const char **why);
void signer_free(struct signer *signer);
/* Overwrites everything of the last request. */
void signer_wipe(struct signer *signer);

/* Builds and signs. Returns NULL, or what is wrong with the request (a constant text). */
const char *sign_build(struct signer *signer, const struct sign_request *request,
                       const struct sign_credential *credential, struct signed_request *out);

/* The parts, for the verifier, tests and benchmarks. */

#define ACS3_SIGNATURE_SIZE 64 /* hex digits */

struct acs3_message {
    struct slice method;
    struct slice path;         /* canonical */
    const struct pairs *query; /* sorted */
    enum query_form query_form;
    const struct pairs *headers;
    struct slice signed_names; /* "a;b": exactly these; empty: the rule of the documents */
    struct slice payload_hash; /* hex */
};

/* Fills signer->canonical with the canonical request, signer->names with the signed header names and,
 * when the query form is strict, *wire with the canonical query (a part of signer->canonical). */
bool acs3_canonical(struct signer *signer, const struct acs3_message *message, struct slice *wire);
/* Replaces signer->canonical by the string to sign; hash of the canonical request included. */
bool acs3_string_to_sign(struct signer *signer);
/* The signature of signer->canonical. */
bool acs3_signature(struct signer *signer, struct sign_key *key, char hex[ACS3_SIGNATURE_SIZE]);
/* Hex SHA-256 of a body. */
bool acs3_payload_hash(struct signer *signer, struct slice body, char hex[2 * SHA256_SIZE]);

/* RPC V1: fills signer->canonical with the string to sign of the sorted parameters. */
bool rpc_string_to_sign(struct signer *signer, struct slice method, const struct pairs *sorted);

/* ROA V2: the same from the headers as sent, the path and the sorted query. */
bool roa_string_to_sign(struct signer *signer, struct slice method, const struct pairs *headers,
                        struct slice path, const struct pairs *sorted, enum query_form form);

/* ODPS: the same; `target` is path and query as sent, after the endpoint's own path. `as_pyodps`
 * decodes the whole target once and the query once more, as the official Python client does;
 * otherwise each value is decoded once. The two differ for values with '+', '&', '=' or '%'. */
bool odps_string_to_sign(struct signer *signer, struct slice method, const struct pairs *headers,
                         struct slice target, bool as_pyodps);

/* Base64 of the HMAC-SHA1 of signer->canonical with that key; terminated. false: libcrypto failed. */
#define SHA1_BASE64_SIZE 28
bool sha1_signature(struct signer *signer, struct sign_key *key, enum key_use use,
                    char text[SHA1_BASE64_SIZE + 1]);

/* "2016-02-23T12:46:24Z" and "Tue, 23 Feb 2016 12:46:24 GMT", terminated. */
#define ISO8601_SIZE 21
#define RFC1123_SIZE 30
void time_iso8601(int64_t time, char text[ISO8601_SIZE]);
void time_rfc1123(int64_t time, char text[RFC1123_SIZE]);
/* The reverse; false when the text is not of exactly that form. */
bool time_parse_iso8601(struct slice text, int64_t *time);
bool time_parse_rfc1123(struct slice text, int64_t *time);

#endif
