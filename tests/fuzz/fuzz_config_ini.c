/* SPDX-License-Identifier: MIT
 * The SDKs' ini files: slices stay inside the text. */
#include <stdint.h>
#include <stdlib.h>

#include "modules/cloud/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct ini_section s;
    const char *problem;
    size_t line;
    if (size)
        memcpy(text, data, size);
    ini_parse(text, size, slice_of("default"), &s, &problem, &line);
    const struct slice fields[] = {s.type,      s.access_key_id, s.access_key_secret,
                                   s.role_name, s.role_arn,      s.role_session_name,
                                   s.policy,    s.external_id};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].data && (fields[i].data < text || fields[i].data + fields[i].size > text + size))
            abort();
    free(text);
    return 0;
}
