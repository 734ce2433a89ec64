/* SPDX-License-Identifier: MIT
 * credential.c: life of a credential, masking, the demo constants. */
#include "modules/cloud/credential.h"

#include <stdio.h>

bool credential_set(struct credential *credential, struct slice access_key_id, struct slice secret,
                    struct slice token, int64_t expires)
{
    credential_clear(credential);
    if (!access_key_id.size || access_key_id.size >= sizeof credential->access_key_id)
        return false;
    memcpy(credential->access_key_id, access_key_id.data, access_key_id.size);
    credential->access_key_id[access_key_id.size] = 0;
    credential->kind = CREDENTIAL_KEY;
    credential->expires = expires;
    credential->sandbox = is_sandbox_secret(secret);
    if (sign_key_init(&credential->key, secret.data, secret.size) &&
        (!token.size || secret_set(&credential->token, token.data, token.size)))
        return true;
    credential_clear(credential);
    return false;
}

void credential_clear(struct credential *credential)
{
    sign_key_clear(&credential->key);
    secret_clear(&credential->token);
    *credential = (struct credential){0};
}

void credential_move(struct credential *to, struct credential *from)
{
    credential_clear(to);
    *to = *from;
    *from = (struct credential){0};
}

void mask_key_id(const char *access_key_id, char *text, size_t size)
{
    size_t length = strlen(access_key_id);
    snprintf(text, size, "****%s", length > 8 ? access_key_id + length - 4 : "");
}

bool is_sandbox_secret(struct slice secret)
{
    return slice_starts(secret, "sandbox-");
}

bool is_demo_secret(struct slice secret)
{
    static const char *const published[] = {"testsecret", "testStsSecret", "YourAccessKeySecret",
                                            "CAIStesttoken"};
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (slice_is(secret, published[i]))
            return true;
    return is_sandbox_secret(secret);
}
