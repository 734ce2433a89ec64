/* SPDX-License-Identifier: MIT
 * number.c: decimal text of numbers beyond 64 bits. */
#include "modules/cidr/number.h"

#include <string.h>

void cidr_count_add_span(struct cidr_count *count, cidr_u128 last_minus_first)
{
    cidr_u128 sum = count->low + last_minus_first;
    count->high += sum < last_minus_first;
    count->low = sum + 1;
    count->high += count->low == 0;
}

size_t cidr_format_count(struct cidr_count count, char text[CIDR_NUMBER_MAX])
{
    uint32_t limbs[5] = {count.high, (uint32_t)(count.low >> 96), (uint32_t)(count.low >> 64),
                         (uint32_t)(count.low >> 32), (uint32_t)count.low};
    char digits[CIDR_NUMBER_MAX];
    size_t size = 0;
    do { /* long division by ten */
        uint64_t rest = 0;
        for (int i = 0; i < 5; i++) {
            rest = rest << 32 | limbs[i];
            limbs[i] = (uint32_t)(rest / 10);
            rest %= 10;
        }
        digits[size++] = (char)('0' + rest);
    } while (limbs[0] | limbs[1] | limbs[2] | limbs[3] | limbs[4]);
    for (size_t i = 0; i < size; i++)
        text[i] = digits[size - 1 - i];
    text[size] = '\0';
    return size;
}

static int digit_of(char c, unsigned base)
{
    int digit = -1;
    if (c >= '0' && c <= '9')
        digit = c - '0';
    else if ((c | 32) >= 'a' && (c | 32) <= 'f')
        digit = (c | 32) - 'a' + 10;
    return digit < (int)base ? digit : -1;
}

enum cidr_number_status cidr_parse_number(const char *text, size_t size, cidr_u128 *out)
{
    unsigned base = 10;
    if (size > 2 && text[0] == '0' && (text[1] | 32) == 'x') {
        base = 16;
        text += 2;
        size -= 2;
    }
    cidr_u128 value = 0;
    bool fits = true;
    for (size_t i = 0; i < size; i++) {
        int digit = digit_of(text[i], base);
        if (digit < 0)
            return CIDR_NUMBER_INVALID;
        fits = fits && value <= (~(cidr_u128)0 - (unsigned)digit) / base;
        value = value * base + (unsigned)digit;
    }
    *out = value;
    return size == 0 ? CIDR_NUMBER_INVALID : fits ? CIDR_NUMBER_OK : CIDR_NUMBER_TOO_LARGE;
}
