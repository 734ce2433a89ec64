/* SPDX-License-Identifier: MIT
 * trie.c: descent, changes and walks of the multibit trie. */
#include "modules/cidr/trie.h"

#include <string.h>

/* Nodes on a path at most: 128 / 6 levels and the root. */
#define PATH_MAX_NODES 23

/* The `ends` bit of relative length r and the r leading bits of a chunk. */
#define PART(c, r) (1ULL << ((1 << (r)) - 1 + ((c) >> (CIDR_STRIDE - (r)))))
#define PARTS(c) (PART(c, 0) | PART(c, 1) | PART(c, 2) | PART(c, 3) | PART(c, 4) | PART(c, 5))
#define PARTS4(c) PARTS(c), PARTS(c + 1), PARTS(c + 2), PARTS(c + 3)
#define PARTS16(c) PARTS4(c), PARTS4(c + 4), PARTS4(c + 8), PARTS4(c + 12)

const uint64_t cidr_leading_parts[64] = {PARTS16(0), PARTS16(16), PARTS16(32), PARTS16(48)};

static unsigned count_bits(uint64_t bits)
{
    return (unsigned)__builtin_popcountll(bits);
}

void cidr_trie_init(struct cidr_trie *trie)
{
    _Static_assert(sizeof(struct cidr_leaf) <= sizeof(struct cidr_node), "a leaf takes the place of a node");
    cidr_pool_init(&trie->nodes, sizeof(struct cidr_node));
    cidr_pool_init(&trie->values, sizeof(uint32_t));
}

void cidr_trie_free(struct cidr_trie *trie)
{
    cidr_pool_free(&trie->nodes);
    cidr_pool_free(&trie->values);
}

static struct cidr_node *child_of(const struct cidr_trie *trie, const struct cidr_node *node, uint64_t bit)
{
    return cidr_trie_nodes(trie) + node->children + count_bits(node->branches & (bit - 1));
}

static struct cidr_leaf *leaf_of(const struct cidr_trie *trie, const struct cidr_node *node, uint64_t bit)
{
    return (struct cidr_leaf *)(void *)child_of(trie, node, bit);
}

static bool is_prefix(const struct cidr_leaf *leaf, struct cidr_key key, unsigned length)
{
    return leaf->length == length && leaf->key.hi == key.hi && leaf->key.lo == key.lo;
}

/* Bit of the prefix in the node that decides the bits from `offset` on. */
static uint64_t end_bit(struct cidr_key key, unsigned offset, unsigned length)
{
    unsigned relative = length - offset;
    return PART(cidr_chunk(key, offset), relative);
}

static uint32_t *value_of(const struct cidr_trie *trie, const struct cidr_node *node, uint64_t bit)
{
    return cidr_trie_values(trie) + node->values + count_bits(node->ends & (bit - 1));
}

uint32_t *cidr_trie_find(const struct cidr_trie *trie, const struct cidr_node *root, unsigned offset,
                         struct cidr_key key, unsigned length)
{
    for (; length - offset >= CIDR_STRIDE; offset += CIDR_STRIDE) {
        uint64_t bit = 1ULL << cidr_chunk(key, offset);
        if (!(root->branches & bit))
            return NULL;
        if (root->leaves & bit) {
            struct cidr_leaf *leaf = leaf_of(trie, root, bit);
            return is_prefix(leaf, key, length) ? &leaf->value : NULL;
        }
        root = child_of(trie, root, bit);
    }
    uint64_t bit = end_bit(key, offset, length);
    return root->ends & bit ? value_of(trie, root, bit) : NULL;
}

/* Opens a gap of one unit at place `rank` in a block of `count` units; returns the new block. */
static uint32_t widen(struct cidr_pool *pool, uint32_t block, unsigned count, unsigned rank)
{
    uint32_t wider = cidr_pool_take(pool, count + 1);
    size_t size = pool->unit_size;
    char *to = pool->units + wider * size, *from = pool->units + block * size;
    if (count > 0) {
        memcpy(to, from, rank * size);
        memcpy(to + (rank + 1) * size, from + rank * size, (count - rank) * size);
        cidr_pool_give(pool, block, count);
    }
    return wider;
}

/* Closes the gap at `rank`: the last unit of the block becomes free. */
static void narrow(struct cidr_pool *pool, uint32_t block, unsigned count, unsigned rank)
{
    size_t size = pool->unit_size;
    char *units = pool->units + block * size;
    memmove(units + rank * size, units + (rank + 1) * size, (count - 1 - rank) * size);
    cidr_pool_give(pool, block + count - 1, 1);
}

/* Puts a leaf where there is no child yet. */
static struct cidr_leaf *add_leaf(struct cidr_trie *trie, struct cidr_node *node, uint64_t bit,
                                  struct cidr_leaf leaf)
{
    unsigned rank = count_bits(node->branches & (bit - 1));
    node->children = widen(&trie->nodes, node->children, count_bits(node->branches), rank);
    node->branches |= bit;
    node->leaves |= bit;
    struct cidr_leaf *place = leaf_of(trie, node, bit);
    *place = leaf;
    return place;
}

static uint32_t *add_end(struct cidr_trie *trie, struct cidr_node *node, uint64_t bit, uint32_t value)
{
    unsigned rank = count_bits(node->ends & (bit - 1));
    node->values = widen(&trie->values, node->values, count_bits(node->ends), rank);
    node->ends |= bit;
    uint32_t *place = value_of(trie, node, bit);
    *place = value;
    return place;
}

/* Makes a node of a leaf, with what the leaf was inside; the node decides the bits from `offset` on. */
static void split_leaf(struct cidr_trie *trie, struct cidr_node *parent, uint64_t bit, unsigned offset)
{
    struct cidr_leaf leaf = *leaf_of(trie, parent, bit);
    struct cidr_node *node = child_of(trie, parent, bit);
    memset(node, 0, sizeof *node);
    parent->leaves &= ~bit;
    if (leaf.length - offset < CIDR_STRIDE)
        add_end(trie, node, end_bit(leaf.key, offset, leaf.length), leaf.value);
    else
        add_leaf(trie, node, 1ULL << cidr_chunk(leaf.key, offset), leaf);
}

uint32_t *cidr_trie_insert(struct cidr_trie *trie, struct cidr_node *root, unsigned offset,
                           struct cidr_key key, unsigned length, bool *added)
{
    /* reserved in advance, so that no pointer into the pools moves below */
    if (!cidr_pool_reserve(&trie->nodes, PATH_MAX_NODES + CIDR_POOL_BLOCK) ||
        !cidr_pool_reserve(&trie->values, 1 + CIDR_POOL_BLOCK))
        return NULL;
    for (; length - offset >= CIDR_STRIDE; offset += CIDR_STRIDE) {
        uint64_t bit = 1ULL << cidr_chunk(key, offset);
        if (!(root->branches & bit)) {
            struct cidr_leaf leaf = {key, CIDR_NO_VALUE, length};
            *added = true;
            return &add_leaf(trie, root, bit, leaf)->value;
        }
        if (root->leaves & bit) {
            struct cidr_leaf *leaf = leaf_of(trie, root, bit);
            if (is_prefix(leaf, key, length)) {
                *added = false;
                return &leaf->value;
            }
            split_leaf(trie, root, bit, offset + CIDR_STRIDE);
        }
        root = child_of(trie, root, bit);
    }
    uint64_t bit = end_bit(key, offset, length);
    *added = !(root->ends & bit);
    return *added ? add_end(trie, root, bit, CIDR_NO_VALUE) : value_of(trie, root, bit);
}

static void remove_end(struct cidr_trie *trie, struct cidr_node *node, uint64_t bit)
{
    narrow(&trie->values, node->values, count_bits(node->ends), count_bits(node->ends & (bit - 1)));
    node->ends &= ~bit;
}

static void remove_child(struct cidr_trie *trie, struct cidr_node *node, uint64_t bit)
{
    narrow(&trie->nodes, node->children, count_bits(node->branches), count_bits(node->branches & (bit - 1)));
    node->branches &= ~bit;
    node->leaves &= ~bit;
}

/* After a removal, from the lowest node of the path up: empty nodes go, a node with one leaf and nothing
 * else becomes that leaf. */
static void prune(struct cidr_trie *trie, struct cidr_node *const *path, const uint64_t *bits, int depth)
{
    for (; depth > 0 && path[depth]->ends == 0; depth--) {
        struct cidr_node *node = path[depth], *parent = path[depth - 1];
        if (node->branches == 0) {
            remove_child(trie, parent, bits[depth - 1]);
        } else if (node->leaves == node->branches && count_bits(node->branches) == 1) {
            uint32_t block = node->children;
            struct cidr_leaf leaf = *leaf_of(trie, node, node->branches);
            *leaf_of(trie, parent, bits[depth - 1]) = leaf;
            parent->leaves |= bits[depth - 1];
            cidr_pool_give(&trie->nodes, block, 1);
        } else {
            return;
        }
    }
}

bool cidr_trie_remove(struct cidr_trie *trie, struct cidr_node *root, unsigned offset, struct cidr_key key,
                      unsigned length)
{
    struct cidr_node *path[PATH_MAX_NODES];
    uint64_t bits[PATH_MAX_NODES];
    int depth = 0;
    path[0] = root;
    for (; length - offset >= CIDR_STRIDE; offset += CIDR_STRIDE) {
        uint64_t bit = bits[depth] = 1ULL << cidr_chunk(key, offset);
        if (!(path[depth]->branches & bit))
            return false;
        if (path[depth]->leaves & bit) {
            if (!is_prefix(leaf_of(trie, path[depth], bit), key, length))
                return false;
            remove_child(trie, path[depth], bit);
            prune(trie, path, bits, depth);
            return true;
        }
        path[depth + 1] = child_of(trie, path[depth], bit);
        depth++;
    }
    uint64_t bit = end_bit(key, offset, length);
    if (!(path[depth]->ends & bit))
        return false;
    remove_end(trie, path[depth], bit);
    prune(trie, path, bits, depth);
    return true;
}

/* Relative length of the prefix behind an `ends` bit. */
static unsigned relative_length(uint64_t bit)
{
    return 31 - (unsigned)__builtin_clz((unsigned)__builtin_ctzll(bit) + 1);
}

bool cidr_trie_match(const struct cidr_trie *trie, const struct cidr_node *root, unsigned offset,
                     struct cidr_key key, unsigned length, uint32_t *value, unsigned *matched)
{
    bool found = false;
    for (;; offset += CIDR_STRIDE) {
        unsigned chunk = cidr_chunk(key, offset);
        uint64_t parts = cidr_leading_parts[chunk];
        if (length < offset + CIDR_STRIDE - 1) /* only relative lengths up to length - offset */
            parts &= (2ULL << ((1u << (length - offset + 1)) - 2)) - 1;
        parts &= root->ends;
        if (parts) {
            uint64_t bit = 1ULL << (63 - __builtin_clzll(parts));
            *value = *value_of(trie, root, bit);
            *matched = offset + relative_length(bit);
            found = true;
        }
        uint64_t branch = 1ULL << chunk;
        if (length < offset + CIDR_STRIDE || !(root->branches & branch))
            return found;
        if (root->leaves & branch) {
            const struct cidr_leaf *leaf = leaf_of(trie, root, branch);
            if (leaf->length > length || !cidr_same_bits(leaf->key, key, leaf->length))
                return found;
            *value = leaf->value;
            *matched = leaf->length;
            return true;
        }
        root = child_of(trie, root, branch);
    }
}

struct walk {
    const struct cidr_trie *trie;
    cidr_trie_visit visit;
    void *arg;
};

/* The key with the leading `bits` of `part` put in from bit `offset` on. */
static struct cidr_key extend(struct cidr_key key, unsigned offset, unsigned part, unsigned bits)
{
    cidr_u128 value = (cidr_u128)key.hi << 64 | key.lo;
    if (bits > 0 && offset + bits <= 128)
        value |= (cidr_u128)part << (128 - offset - bits);
    struct cidr_key longer = {(uint64_t)(value >> 64), (uint64_t)value};
    return longer;
}

/* What a node holds under the part of `bits` leading bits of a chunk, as sort keys: ends by their
 * address and relative length, branches behind the ends at their address. Returns their number. */
static unsigned list_node(const struct cidr_node *node, unsigned part, unsigned bits, uint16_t keys[127])
{
    unsigned count = 0;
    for (uint64_t ends = node->ends; ends; ends &= ends - 1) {
        unsigned relative = relative_length(ends & -ends);
        unsigned index = (unsigned)__builtin_ctzll(ends) + 1 - (1u << relative);
        if (relative >= bits && index >> (relative - bits) == part)
            keys[count++] = (uint16_t)(index << (CIDR_STRIDE - relative) << 3 | relative);
    }
    for (uint64_t branches = node->branches; branches; branches &= branches - 1) {
        unsigned chunk = (unsigned)__builtin_ctzll(branches);
        if (chunk >> (CIDR_STRIDE - bits) == part)
            keys[count++] = (uint16_t)(chunk << 3 | CIDR_STRIDE);
    }
    for (unsigned i = 1; i < count; i++) {
        uint16_t moved = keys[i];
        unsigned at = i;
        for (; at > 0 && keys[at - 1] > moved; at--)
            keys[at] = keys[at - 1];
        keys[at] = moved;
    }
    return count;
}

static bool visit_leaf(const struct walk *w, const struct cidr_leaf *leaf)
{
    return w->visit(w->arg, leaf->key, leaf->length, leaf->value);
}

static bool walk_node(const struct walk *w, const struct cidr_node *node, unsigned offset,
                      struct cidr_key key, unsigned part, unsigned bits)
{
    uint16_t keys[127];
    unsigned count = list_node(node, part, bits, keys);
    for (unsigned i = 0; i < count; i++) {
        unsigned relative = keys[i] & 7, chunk = keys[i] >> 3, leading = chunk >> (CIDR_STRIDE - relative);
        struct cidr_key here = extend(key, offset, leading, relative);
        uint64_t branch = 1ULL << chunk;
        bool more;
        if (relative < CIDR_STRIDE)
            more = w->visit(w->arg, here, offset + relative, *value_of(w->trie, node, PART(chunk, relative)));
        else if (node->leaves & branch)
            more = visit_leaf(w, leaf_of(w->trie, node, branch));
        else
            more = walk_node(w, child_of(w->trie, node, branch), offset + CIDR_STRIDE, here, 0, 0);
        if (!more)
            return false;
    }
    return true;
}

bool cidr_trie_walk(const struct cidr_trie *trie, const struct cidr_node *root, unsigned offset,
                    struct cidr_key key, unsigned length, cidr_trie_visit visit, void *arg)
{
    struct walk w = {trie, visit, arg};
    struct cidr_key above = {0, 0};
    for (; length - offset >= CIDR_STRIDE; offset += CIDR_STRIDE) {
        uint64_t branch = 1ULL << cidr_chunk(key, offset);
        if (!(root->branches & branch))
            return true;
        if (root->leaves & branch) {
            const struct cidr_leaf *leaf = leaf_of(trie, root, branch);
            return leaf->length < length || !cidr_same_bits(leaf->key, key, length) || visit_leaf(&w, leaf);
        }
        root = child_of(trie, root, branch);
    }
    if (offset > 0) { /* the bits before `offset` */
        cidr_u128 value = ((cidr_u128)key.hi << 64 | key.lo) & ~(~(cidr_u128)0 >> offset);
        above.hi = (uint64_t)(value >> 64);
        above.lo = (uint64_t)value;
    }
    unsigned bits = length - offset;
    return walk_node(&w, root, offset, above, cidr_chunk(key, offset) >> (CIDR_STRIDE - bits), bits);
}
