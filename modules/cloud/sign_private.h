/* SPDX-License-Identifier: MIT
 * sign_private.h: what the builders of the signature families share. */
#ifndef PEERWAY_CLOUD_SIGN_PRIVATE_H
#define PEERWAY_CLOUD_SIGN_PRIVATE_H

#include "modules/cloud/sign.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

/* One request being built. */
struct build {
    struct signer *signer;
    const struct sign_request *request;
    const struct sign_credential *credential;
    struct signed_request *out;
    struct slice content_type; /* of the body; empty: none */
};

/* Adds a header, or the caller's own value of that name. */
bool build_named_header(struct build *build, struct slice name, struct slice value);
#define build_header(build, literal, ...)                                                                    \
    build_named_header((build), (struct slice){"" literal, sizeof(literal) - 1}, __VA_ARGS__)
/* Adds the headers of the request that build_header has not used. */
bool build_further_headers(struct build *build);
/* host and user-agent. */
bool build_first_headers(struct build *build);
/* Sets out->body and build->content_type from form or body. */
bool build_body(struct build *build);
/* Sets out->target from path and canonical query. */
bool build_target(struct build *build, struct slice path, struct slice query);
/* The pairs strictly encoded, a copy in the arena. */
struct slice build_encoded(struct build *build, const struct pairs *pairs);

const char *build_acs3(struct build *build);
const char *build_rpc(struct build *build);
const char *build_roa(struct build *build);
const char *build_odps(struct build *build);

extern const char sign_out_of_memory[];
extern const char sign_crypto_failed[];

#endif
