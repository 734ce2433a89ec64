/* SPDX-License-Identifier: MIT
 * range_template.h: the algebra of one family. Included by ranges4.c and ranges6.c, which define RANGE
 * (the struct), VALUE (its number type) and NAME(x) (the function names). */

/* Appends [first, last] to the n ranges at out, joined with the last one when they overlap or touch;
 * it does not begin before that one. */
static inline size_t NAME(append)(struct RANGE *out, size_t n, VALUE first, VALUE last)
{
    /* first - 1 does not wrap: a range that begins at 0 can only be the first one or overlap it */
    if (n > 0 && (first <= out[n - 1].last || first - 1 == out[n - 1].last)) {
        if (last > out[n - 1].last)
            out[n - 1].last = last;
        return n;
    }
    out[n].first = first;
    out[n].last = last;
    return n + 1;
}

size_t NAME(join)(struct RANGE *ranges, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n = NAME(append)(ranges, n, ranges[i].first, ranges[i].last);
    return n;
}

size_t NAME(union)(const struct RANGE *a, size_t na, const struct RANGE *b, size_t nb, struct RANGE *out)
{
    size_t i = 0, j = 0, n = 0;
    while (i < na || j < nb) {
        bool left = j == nb || (i < na && a[i].first <= b[j].first);
        const struct RANGE *next = left ? &a[i++] : &b[j++];
        n = NAME(append)(out, n, next->first, next->last);
    }
    return n;
}

size_t NAME(intersect)(const struct RANGE *a, size_t na, const struct RANGE *b, size_t nb, struct RANGE *out)
{
    size_t i = 0, j = 0, n = 0;
    while (i < na && j < nb) {
        VALUE first = a[i].first > b[j].first ? a[i].first : b[j].first;
        VALUE last = a[i].last < b[j].last ? a[i].last : b[j].last;
        if (first <= last) {
            out[n].first = first;
            out[n++].last = last;
        }
        if (a[i].last < b[j].last)
            i++;
        else
            j++;
    }
    return n;
}

size_t NAME(subtract)(const struct RANGE *a, size_t na, const struct RANGE *b, size_t nb, struct RANGE *out)
{
    size_t j = 0, n = 0;
    for (size_t i = 0; i < na; i++) {
        VALUE first = a[i].first;
        bool rest = true;
        while (j < nb && b[j].last < first)
            j++;
        for (; rest && j < nb && b[j].first <= a[i].last; j++) {
            if (b[j].first > first) {
                out[n].first = first;
                out[n++].last = b[j].first - 1;
            }
            rest = b[j].last < a[i].last;
            if (!rest)
                break; /* b[j] may reach into the next range of a */
            first = b[j].last + 1;
        }
        if (rest) {
            out[n].first = first;
            out[n++].last = a[i].last;
        }
    }
    return n;
}

size_t NAME(find)(const struct RANGE *ranges, size_t count, VALUE value)
{
    size_t low = 0;
    while (count > 0) { /* all below `low` end before value */
        size_t half = count / 2;
        if (ranges[low + half].last < value) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return low;
}

bool NAME(covers)(const struct RANGE *a, size_t na, const struct RANGE *b, size_t nb)
{
    size_t i = 0;
    for (size_t j = 0; j < nb; j++) {
        while (i < na && a[i].last < b[j].last)
            i++;
        if (i == na || a[i].first > b[j].first)
            return false;
    }
    return true;
}

bool NAME(meets)(const struct RANGE *a, size_t na, const struct RANGE *b, size_t nb)
{
    for (size_t i = 0, j = 0; i < na && j < nb;) {
        if (a[i].last < b[j].first)
            i++;
        else if (b[j].last < a[i].first)
            j++;
        else
            return true;
    }
    return false;
}
