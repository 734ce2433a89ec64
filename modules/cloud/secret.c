/* SPDX-License-Identifier: MIT
 * secret.c: the secure heap and the secrets in it. */
#include "modules/cloud/secret.h"

#include <stdio.h>
#include <stdlib.h>

/* 1 MiB holds some thousand keys and tokens; below the usual RLIMIT_MEMLOCK of 8 MiB.
 * 64 is the smallest block: shorter secrets waste little, and the bookkeeping stays small. */
#define HEAP_SIZE (1u << 20)
#define HEAP_BLOCK 64

static enum secret_heap heap_state;

/* Said once: who runs this may want to raise the limit before the next run. */
static void announce(void)
{
    const char *statement;
    if (secret_heap_state(&statement) != SECRET_HEAP_LOCKED)
        fprintf(stderr, "peerway: %s\n", statement);
}

static const struct crypto *heap_open(void)
{
    const struct crypto *crypto = crypto_open(NULL);
    if (!crypto || heap_state != SECRET_HEAP_NONE)
        return crypto;
    int made = 1;
    if (!crypto->api->CRYPTO_secure_malloc_initialized())
        made = crypto->api->CRYPTO_secure_malloc_init(HEAP_SIZE, HEAP_BLOCK);
    crypto->api->ERR_clear_error();
    heap_state = made == 1 ? SECRET_HEAP_LOCKED : made == 2 ? SECRET_HEAP_UNLOCKED : SECRET_HEAP_PLAIN;
    announce();
    return crypto;
}

enum secret_heap secret_heap_state(const char **statement)
{
    static const char *const statements[] = {
        [SECRET_HEAP_NONE] = "no secret is held",
        [SECRET_HEAP_LOCKED] = "secrets are held in locked memory",
        [SECRET_HEAP_UNLOCKED] =
            "secrets are held in memory that could not be locked (RLIMIT_MEMLOCK is below "
            "1 MiB) and may reach swap; raise it with: ulimit -l 8192",
        [SECRET_HEAP_PLAIN] =
            "secrets are held in ordinary memory because the secure heap could not be made; "
            "raise the limits with: ulimit -l 8192 and ulimit -v unlimited",
    };
    if (statement)
        *statement = statements[heap_state];
    return heap_state;
}

void *secret_alloc(size_t size)
{
    const struct crypto *crypto = heap_open();
    return crypto ? crypto->api->CRYPTO_secure_zalloc(size, __FILE__, __LINE__) : NULL;
}

void secret_release(void *data, size_t size)
{
    if (data)
        crypto_open(NULL)->api->CRYPTO_secure_clear_free(data, size, __FILE__, __LINE__);
}

bool secret_join(struct secret *secret, struct slice first, struct slice second)
{
    char *data = secret_alloc(first.size + second.size + 1);
    if (data) {
        if (first.size)
            memcpy(data, first.data, first.size);
        if (second.size)
            memcpy(data + first.size, second.data, second.size);
    }
    secret_clear(secret);
    if (!data)
        return false;
    secret->data = data;
    secret->size = first.size + second.size;
    return true;
}

bool secret_set(struct secret *secret, const char *data, size_t size)
{
    return secret_join(secret, (struct slice){data, size}, (struct slice){0});
}

void secret_clear(struct secret *secret)
{
    secret_release(secret->data, secret->size + 1);
    *secret = (struct secret){0};
}
