/* SPDX-License-Identifier: MIT
 * classify.h: what an address block is for: IANA's special-purpose registries, multicast, and the
 * ranges that the cloud keeps for itself. */
#ifndef PEERWAY_CIDR_CLASSIFY_H
#define PEERWAY_CIDR_CLASSIFY_H

#include "modules/cidr/prefix.h"

/* The registries' "N/A": the answer depends on something else, or the block is deprecated. */
enum cidr_truth { CIDR_FALSE, CIDR_TRUE, CIDR_NOT_APPLICABLE };

struct cidr_special {
    const char *block;
    const char *kind; /* one of a few words: "private", "loopback", ... */
    const char *name; /* as in the registry */
    const char *rfc;
    /* the registry's five columns, as enum cidr_truth */
    uint8_t source, destination, forwardable, global, reserved;
};

/* When the registries were read (their own "last updated"). */
#define CIDR_REGISTRY_DATE "2025-10-09"

/* Ends with a row of block NULL. */
extern const struct cidr_special cidr_special_blocks[];

/* What the cloud uses or forbids. */
enum cidr_cloud_use {
    CIDR_CLOUD_SERVICES = 1, /* service addresses, reached through the system route */
    CIDR_CLOUD_RESERVED = 2, /* a single address or range that no route may cover */
    CIDR_CLOUD_FORBIDDEN = 4 /* no VPC block may be equal to or inside it */
};

struct cidr_cloud_block {
    const char *block;
    const char *name;
    unsigned use; /* enum cidr_cloud_use */
};

extern const struct cidr_cloud_block cidr_cloud_blocks[];

/* The prefix of a row above (their texts are well-formed; a test checks it). */
struct cidr_prefix cidr_block_prefix(const char *text);

/* The smallest special block that covers all of `block`, or NULL: ordinary addresses. */
const struct cidr_special *cidr_classify(struct cidr_prefix block);

/* True when all addresses of the block can be reached from anywhere: its special block says so, or there
 * is none and none lies inside either. */
bool cidr_is_global(struct cidr_prefix block);

/* Next row after `row` (NULL: the first) that covers the block and has one of the uses; NULL: no more. */
const struct cidr_cloud_block *cidr_cloud_next(struct cidr_prefix block, unsigned use,
                                               const struct cidr_cloud_block *row);

#endif
