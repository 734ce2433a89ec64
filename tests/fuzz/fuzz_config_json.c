/* SPDX-License-Identifier: MIT
 * config.json and the output of credential programs: parsed in place, slices stay inside the text. */
#include <stdint.h>
#include <stdlib.h>

#include "modules/cloud/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct slice slice, const char *text, size_t size)
{
    if (slice.data && (slice.data < text || slice.data + slice.size > text + size))
        abort();
}

static void check_profile(const struct config_profile *profile, const char *text, size_t size)
{
#define CHECK_FIELD(field) inside(profile->field, text, size);
    PROFILE_FIELDS(CHECK_FIELD)
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct config config;
    struct config_profile profile;
    const char *problem;
    size_t offset;
    if (size)
        memcpy(text, data, size);
    if (config_parse(text, size, &config, &problem, &offset)) {
        inside(config.current, text, size);
        for (size_t i = 0; i < config.count; i++)
            check_profile(&config.profiles[i], text, size);
        config_free(&config);
    } else if (!problem || offset > size) {
        abort();
    }
    if (size)
        memcpy(text, data, size);
    if (config_parse_profile(text, size, &profile, &problem, &offset))
        check_profile(&profile, text, size);
    free(text);
    return 0;
}
