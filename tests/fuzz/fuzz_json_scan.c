/* SPDX-License-Identifier: MIT
 * fuzz_json_scan.c: the scan before lua-cjson. The shape of what it accepts must fit the text: no more
 * containers and members than there are brackets and separators, long integers in order and where digits
 * stand. */
#include "modules/json/json_scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(const char *text, size_t size, const char *set)
{
    size_t found = 0;
    for (size_t i = 0; i < size; i++)
        found += text[i] && strchr(set, text[i]);
    return found;
}

static void check_containers(const struct json_shape *shape, const char *text, size_t size)
{
    size_t members = 0;
    for (size_t i = 0; i < shape->container_count; i++)
        members += shape->containers[i].members;
    if (shape->container_count > count(text, size, "[{"))
        abort();
    if (members > count(text, size, ",") + shape->container_count)
        abort();
}

static void check_long_integers(const struct json_shape *shape, const char *text, size_t size)
{
    for (size_t i = 0; i < shape->long_count; i++) {
        const struct json_long_integer *one = &shape->long_integers[i];
        if (i && (one->number <= one[-1].number || one->offset <= one[-1].offset + JSON_EXACT_DIGITS))
            abort();
        size_t digits = one->offset + (text[one->offset] == '-'), left = size - digits;
        if (left <= JSON_EXACT_DIGITS || strspn(text + digits, "0123456789") <= JSON_EXACT_DIGITS)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct json_limits limits = {.max_size = 1 << 16, .max_depth = 64};
    struct json_shape shape = {0};
    struct json_problem problem = {SIZE_MAX, NULL};
    char *text = malloc(size + 1); /* terminated, for strspn */
    memcpy(text, data, size);
    text[size] = '\0';
    bool fine = json_scan((const char *)data, size, &limits, &shape, &problem);
    if (!fine && (problem.offset > size || !problem.what))
        abort();
    if (fine) {
        check_containers(&shape, text, size);
        check_long_integers(&shape, text, size);
    }
    json_shape_free(&shape);
    free(text);
    return 0;
}
