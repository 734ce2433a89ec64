/* SPDX-License-Identifier: MIT
 * secret.h: the only place where secrets live: OpenSSL's secure heap (locked in RAM, guard pages, not
 * in core dumps), overwritten when freed. One heap per process, made when the first secret arrives. */
#ifndef PEERWAY_CLOUD_SECRET_H
#define PEERWAY_CLOUD_SECRET_H

#include "modules/cloud/bytes.h"
#include "modules/cloud/crypto.h"

/* Bytes in the secure heap, always followed by a NUL that is not counted. */
struct secret {
    char *data;
    size_t size;
};

enum secret_heap {
    SECRET_HEAP_NONE,     /* no secret was stored yet */
    SECRET_HEAP_LOCKED,   /* locked in RAM */
    SECRET_HEAP_UNLOCKED, /* secure heap, but mlock was refused: pages may reach swap */
    SECRET_HEAP_PLAIN,    /* no secure heap: ordinary memory, still overwritten when freed */
};

/* State of the heap; `statement`, when given, is set to one sentence for people. */
enum secret_heap secret_heap_state(const char **statement);

/* `size` zeroed bytes in the secure heap; NULL when libcrypto is missing or the heap is full. */
void *secret_alloc(size_t size);
/* Overwrites and frees what secret_alloc returned; NULL is allowed. */
void secret_release(void *data, size_t size);

/* Replaces the secret by a copy of `size` bytes. false: no memory, the secret is then empty. */
bool secret_set(struct secret *secret, const char *data, size_t size);
/* The same for two joined parts. */
bool secret_join(struct secret *secret, struct slice first, struct slice second);
void secret_clear(struct secret *secret);

static inline struct slice secret_slice(const struct secret *secret)
{
    return (struct slice){secret->data, secret->size};
}

#endif
