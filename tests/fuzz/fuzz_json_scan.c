/* SPDX-License-Identifier: MIT
 * fuzz_json_scan.c: the scan before lua-cjson. What it accepts must be markable into exactly the size it
 * announced, and the marked text must again be JSON without anything left to mark. */
#include "modules/json/json_scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct json_limits limits = {.max_size = 1 << 16, .max_depth = 64};
    const char *text = (const char *)data;
    struct json_scan scan, again;
    struct json_problem problem = {SIZE_MAX, NULL};
    if (!json_scan(text, size, &limits, &scan, &problem)) {
        if (problem.offset > size || !problem.what)
            abort();
        return 0;
    }
    char *marked = malloc(scan.marked_size ? scan.marked_size : 1);
    json_mark(text, size, marked);
    for (size_t i = 0; i < scan.marked_size; i++) /* marks are no UTF-8: stand-ins for the second scan */
        marked[i] = marked[i] == JSON_MARK ? '#' : marked[i];
    static const struct json_limits wider = {.max_size = 1 << 20, .max_depth = 64};
    if (!json_scan(marked, scan.marked_size, &wider, &again, &problem) || again.marks != 0)
        abort();
    if (scan.marks == 0 && (scan.marked_size != size || memcmp(marked, text, size) != 0))
        abort();
    free(marked);
    return 0;
}
