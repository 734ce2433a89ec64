/* SPDX-License-Identifier: MIT
 * config_json.c: config.json of the aliyun CLI. */
#include <stdlib.h>

#include "modules/cloud/config.h"
#include "modules/cloud/json_reader.h"

#define PROFILE_FIELD(field) {#field, offsetof(struct config_profile, field)},
static const struct {
    const char *name;
    size_t offset;
} profile_fields[] = {PROFILE_FIELDS(PROFILE_FIELD)};

static bool profile_member(void *arg, struct json_reader *json, struct slice name)
{
    char next = json_peek(json);
    for (size_t i = 0; next != '{' && next != '[' && i < sizeof profile_fields / sizeof *profile_fields; i++)
        if (slice_is(name, profile_fields[i].name))
            return json_read_scalar(json, (struct slice *)((char *)arg + profile_fields[i].offset));
    return json_skip(json);
}

static bool profile_item(void *arg, struct json_reader *json)
{
    struct config *config = arg;
    if (config->count == CONFIG_MAX_PROFILES) {
        json->problem = "the file has more than 256 profiles";
        return false;
    }
    if (config->count % 8 == 0) {
        struct config_profile *grown =
            realloc(config->profiles, (config->count + 8) * sizeof *config->profiles);
        if (!grown) {
            json->problem = "out of memory";
            return false;
        }
        config->profiles = grown;
    }
    struct config_profile *profile = &config->profiles[config->count++];
    *profile = (struct config_profile){0};
    return json_read_object(json, profile_member, profile);
}

static bool config_member(void *arg, struct json_reader *json, struct slice name)
{
    struct config *config = arg;
    if (slice_is(name, "current") && json_peek(json) == '"')
        return json_read_scalar(json, &config->current);
    if (slice_is(name, "profiles") && json_peek(json) == '[')
        return json_read_array(json, profile_item, config);
    return json_skip(json);
}

static bool finish(struct json_reader *json, bool parsed, const char **problem, size_t *offset)
{
    bool ok = parsed && json_at_end(json);
    *problem = ok ? NULL : json->problem;
    *offset = (size_t)(json->at - json->start);
    return ok;
}

bool config_parse(char *text, size_t size, struct config *config, const char **problem, size_t *offset)
{
    struct json_reader json = json_open(text, size);
    *config = (struct config){0};
    if (finish(&json, json_read_object(&json, config_member, config), problem, offset))
        return true;
    config_free(config);
    return false;
}

bool config_parse_profile(char *text, size_t size, struct config_profile *profile, const char **problem,
                          size_t *offset)
{
    struct json_reader json = json_open(text, size);
    *profile = (struct config_profile){0};
    return finish(&json, json_read_object(&json, profile_member, profile), problem, offset);
}

void config_free(struct config *config)
{
    free(config->profiles);
    *config = (struct config){0};
}

const struct config_profile *config_find(const struct config *config, struct slice name)
{
    for (size_t i = 0; i < config->count; i++)
        if (slice_equal(config->profiles[i].name, name))
            return &config->profiles[i];
    return NULL;
}
