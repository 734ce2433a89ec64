/* SPDX-License-Identifier: MIT
 * config.h: the files that hold credentials: ~/.aliyun/config.json of the aliyun CLI, and the ini files of
 * the SDKs. Parsed in place; slices point into the given text. */
#ifndef PEERWAY_CLOUD_CONFIG_H
#define PEERWAY_CLOUD_CONFIG_H

#include "modules/cloud/bytes.h"
#include "modules/cloud/problem.h"
#include "modules/cloud/secret.h"

#define PROFILE_FIELDS(X)                                                                                    \
    X(name)                                                                                                  \
    X(mode)                                                                                                  \
    X(access_key_id)                                                                                         \
    X(access_key_secret)                                                                                     \
    X(sts_token)                                                                                             \
    X(sts_region)                                                                                            \
    X(sts_endpoint)                                                                                          \
    X(ram_role_name)                                                                                         \
    X(ram_role_arn)                                                                                          \
    X(ram_session_name)                                                                                      \
    X(external_id)                                                                                           \
    X(policy)                                                                                                \
    X(source_profile)                                                                                        \
    X(expired_seconds)                                                                                       \
    X(process_command)                                                                                       \
    X(credentials_uri)                                                                                       \
    X(oidc_provider_arn)                                                                                     \
    X(oidc_token_file)                                                                                       \
    X(bearer_token)                                                                                          \
    X(sts_expiration)                                                                                        \
    X(expiration)

#define PROFILE_MEMBER(field) struct slice field;
struct config_profile {
    PROFILE_FIELDS(PROFILE_MEMBER)
};

#define CONFIG_MAX_PROFILES 256

struct config {
    struct slice current;
    struct config_profile *profiles;
    size_t count;
};

/* Parses config.json; the text is changed. false: *problem is a constant text, *offset says where. */
bool config_parse(char *text, size_t size, struct config *config, const char **problem, size_t *offset);
void config_free(struct config *config);
const struct config_profile *config_find(const struct config *config, struct slice name);

/* One profile object: what an external program prints. */
bool config_parse_profile(char *text, size_t size, struct config_profile *profile, const char **problem,
                          size_t *offset);

/* One section of an ini file. */
struct ini_section {
    struct slice type, access_key_id, access_key_secret, role_name, role_arn, role_session_name, policy,
        external_id, oidc_provider_arn, oidc_token_file_path, security_token;
};

/* Finds a section. false with *problem NULL: there is none of that name. */
bool ini_parse(char *text, size_t size, struct slice name, struct ini_section *section, const char **problem,
               size_t *line);

/* Reads a whole file into the secure heap. Must be a regular file of this user (or root) that others may
 * neither read nor write; `public` leaves that out. *missing: there is no such file (no problem then). */
bool secret_file_read(const char *path, bool public, struct secret *content, bool *missing,
                      struct problem *problem);

#endif
