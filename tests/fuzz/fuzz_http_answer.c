/* SPDX-License-Identifier: MIT
 * fuzz_http_answer.c: an answer is collected line by line within its bounds, whatever arrives. */
#include "modules/http/answer.h"
#include "modules/http/http.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BODY = 1000 };

static void must(int truth)
{
    if (!truth)
        abort();
}

static void check_fields(const struct fields *fields)
{
    size_t bytes = 0;
    for (size_t i = 0; i < fields->count; i++) {
        const char *name = fields_name(fields, i), *value = fields_value(fields, i);
        must(*name != '\0');
        must(name + strlen(name) + 1 == value);
        for (const char *p = name; *p; p++)
            must(*p < 'A' || *p > 'Z' || !fields->lower);
        bytes += strlen(name) + strlen(value) + 2;
    }
    must(bytes == fields->text.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is cut into lines; after the head it is the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answer answer = {.max_body = MAX_BODY, .bodyless = size > 0 && data[0] == 'B'};
    const char *at = (const char *)data, *end = at + size;
    while (at < end && !answer.head_complete) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
        char *line = malloc(length); /* exactly as long: reading past it is found */
        if (!line)
            break;
        memcpy(line, at, length);
        bool ok = answer_line(&answer, line, length);
        free(line);
        must(ok == (answer.problem == ANSWER_FINE));
        if (!ok)
            break;
        at += length;
    }
    while (at < end && answer.problem == ANSWER_FINE) {
        size_t piece = (size_t)(end - at) < 97 ? (size_t)(end - at) : 97;
        answer_body(&answer, at, piece);
        at += piece;
    }
    must(answer.body.size <= MAX_BODY);
    must(answer.fields.count <= HTTP_MAX_HEADER_COUNT + 8);
    check_fields(&answer.fields);
    answer_free(&answer);
    return 0;
}
