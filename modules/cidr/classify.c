/* SPDX-License-Identifier: MIT
 * classify.c: longest covering row of the tables. A few dozen rows: read one after the other. */
#include "modules/cidr/classify.h"
#include "modules/cidr/parse.h"

#include <stddef.h>
#include <string.h>

struct cidr_prefix cidr_block_prefix(const char *text)
{
    struct cidr_prefix prefix = {0, 0, 4, 0};
    struct cidr_problem problem;
    cidr_parse_prefix(text, strlen(text), 0, &prefix, NULL, &problem);
    return prefix;
}

const struct cidr_special *cidr_classify(struct cidr_prefix block)
{
    const struct cidr_special *best = NULL;
    unsigned best_length = 0;
    for (const struct cidr_special *row = cidr_special_blocks; row->block; row++) {
        struct cidr_prefix prefix = cidr_block_prefix(row->block);
        if (cidr_covers(prefix, block) && (!best || prefix.length > best_length)) {
            best = row;
            best_length = prefix.length;
        }
    }
    return best;
}

bool cidr_is_global(struct cidr_prefix block)
{
    const struct cidr_special *around = cidr_classify(block);
    if (around && around->global != CIDR_TRUE)
        return false;
    for (const struct cidr_special *row = cidr_special_blocks; row->block; row++) {
        if (row->global != CIDR_TRUE && cidr_covers(block, cidr_block_prefix(row->block)))
            return false;
    }
    return true;
}

const struct cidr_cloud_block *cidr_cloud_next(struct cidr_prefix block, unsigned use,
                                               const struct cidr_cloud_block *row)
{
    for (row = row ? row + 1 : cidr_cloud_blocks; row->block; row++) {
        if ((row->use & use) && cidr_covers(cidr_block_prefix(row->block), block))
            return row;
    }
    return NULL;
}
