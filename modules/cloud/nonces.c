/* SPDX-License-Identifier: MIT
 * nonces.c: a chained hash table whose entries leave in order of arrival. */
#include "modules/cloud/nonces.h"

#include <stdlib.h>

struct nonce {
    struct nonce *chain;
    struct nonce *newer;
    uint64_t hash;
    int64_t forget_at;
    size_t owner_size;
    size_t size;
    char text[]; /* owner, then nonce */
};

static uint64_t hash_of(struct slice owner, struct slice nonce)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < owner.size; i++)
        hash = (hash ^ (unsigned char)owner.data[i]) * 1099511628211u;
    for (size_t i = 0; i < nonce.size; i++)
        hash = (hash ^ (unsigned char)nonce.data[i]) * 1099511628211u;
    return hash ^ hash >> 29;
}

static void drop_oldest(struct nonces *nonces)
{
    struct nonce *gone = nonces->oldest;
    struct nonce **at = &nonces->slots[gone->hash % nonces->slot_count];
    while (*at != gone)
        at = &(*at)->chain;
    *at = gone->chain;
    nonces->oldest = gone->newer;
    if (!nonces->oldest)
        nonces->newest = NULL;
    nonces->count--;
    free(gone);
}

static bool grow(struct nonces *nonces)
{
    size_t slot_count = nonces->slot_count ? nonces->slot_count * 2 : 256;
    struct nonce **slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    for (struct nonce *n = nonces->oldest; n; n = n->newer) {
        n->chain = slots[n->hash % slot_count];
        slots[n->hash % slot_count] = n;
    }
    free(nonces->slots);
    nonces->slots = slots;
    nonces->slot_count = slot_count;
    return true;
}

static bool is_same(const struct nonce *n, uint64_t hash, struct slice owner, struct slice nonce)
{
    return n->hash == hash && n->owner_size == owner.size && n->size == owner.size + nonce.size &&
           memcmp(n->text, owner.data, owner.size) == 0 &&
           memcmp(n->text + owner.size, nonce.data, nonce.size) == 0;
}

enum nonce_verdict nonces_use(struct nonces *nonces, struct slice owner, struct slice nonce, int64_t now,
                              int64_t forget_at)
{
    uint64_t hash = hash_of(owner, nonce);
    while (nonces->oldest && nonces->oldest->forget_at < now)
        drop_oldest(nonces);
    for (struct nonce *n = nonces->slot_count ? nonces->slots[hash % nonces->slot_count] : NULL; n;
         n = n->chain)
        if (is_same(n, hash, owner, nonce) && n->forget_at >= now)
            return NONCE_USED;
    if (nonces->count >= nonces->slot_count && !grow(nonces))
        return NONCE_NO_MEMORY;
    struct nonce *n = malloc(sizeof *n + owner.size + nonce.size);
    if (!n)
        return NONCE_NO_MEMORY;
    *n = (struct nonce){
        .hash = hash, .forget_at = forget_at, .owner_size = owner.size, .size = owner.size + nonce.size};
    memcpy(n->text, owner.data, owner.size);
    memcpy(n->text + owner.size, nonce.data, nonce.size);
    n->chain = nonces->slots[hash % nonces->slot_count];
    nonces->slots[hash % nonces->slot_count] = n;
    *(nonces->newest ? &nonces->newest->newer : &nonces->oldest) = n;
    nonces->newest = n;
    nonces->count++;
    return NONCE_NEW;
}

void nonces_free(struct nonces *nonces)
{
    while (nonces->oldest)
        drop_oldest(nonces);
    free(nonces->slots);
    *nonces = (struct nonces){0};
}
