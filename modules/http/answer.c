/* SPDX-License-Identifier: MIT
 * answer.c: collects the head and the body of an answer within fixed bounds. */
#include "modules/http/answer.h"
#include "modules/http/http.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool buffer_reserve(struct buffer *buffer, size_t size)
{
    size_t capacity = buffer->capacity ? buffer->capacity : 512;
    if (size <= buffer->capacity)
        return true;
    while (capacity < size)
        capacity *= 2;
    char *data = realloc(buffer->data, capacity);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    if (size > SIZE_MAX / 4 - buffer->size || !buffer_reserve(buffer, buffer->size + size))
        return false;
    if (size)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    return true;
}

void buffer_free(struct buffer *buffer, bool cleanse)
{
    if (cleanse && buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

bool fields_add(struct fields *fields, const char *name, size_t name_size, const char *value,
                size_t value_size)
{
    if (fields->count == fields->capacity) {
        size_t capacity = fields->capacity ? fields->capacity * 2 : 16;
        uint32_t *offsets = realloc(fields->offsets, 2 * capacity * sizeof *offsets);
        if (!offsets)
            return false;
        fields->offsets = offsets;
        fields->capacity = capacity;
    }
    struct buffer *text = &fields->text;
    if (name_size + value_size > UINT32_MAX / 2 - text->size ||
        !buffer_reserve(text, text->size + name_size + value_size + 2))
        return false;
    char *at = text->data + text->size;
    fields->offsets[2 * fields->count] = (uint32_t)text->size;
    fields->offsets[2 * fields->count + 1] = (uint32_t)(text->size + name_size + 1);
    for (size_t i = 0; i < name_size; i++)
        at[i] = fields->lower && name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 32) : name[i];
    at[name_size] = '\0';
    memcpy(at + name_size + 1, value, value_size);
    at[name_size + 1 + value_size] = '\0';
    text->size += name_size + value_size + 2;
    fields->count++;
    return true;
}

const char *fields_name(const struct fields *fields, size_t index)
{
    return fields->text.data + fields->offsets[2 * index];
}

const char *fields_value(const struct fields *fields, size_t index)
{
    return fields->text.data + fields->offsets[2 * index + 1];
}

const char *fields_find(const struct fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (strcasecmp(fields_name(fields, i), name) == 0)
            return fields_value(fields, i);
    return NULL;
}

void fields_clear(struct fields *fields)
{
    fields->count = 0;
    fields->text.size = 0;
}

void fields_free(struct fields *fields, bool cleanse)
{
    buffer_free(&fields->text, cleanse);
    free(fields->offsets);
    memset(fields, 0, sizeof *fields);
}

static bool stop(struct answer *answer, enum answer_problem problem)
{
    if (answer->problem == ANSWER_FINE)
        answer->problem = problem;
    return false;
}

/* "HTTP/1.1 200 OK" or "HTTP/2 200 ": a new head replaces the one of an interim answer. */
static bool take_status_line(struct answer *answer, const char *line, size_t size)
{
    const char *space = memchr(line, ' ', size);
    size_t left = space ? size - (size_t)(space - line) - 1 : 0;
    if (left < 3 || !isdigit((unsigned char)space[1]) || !isdigit((unsigned char)space[2]) ||
        !isdigit((unsigned char)space[3]) || (left > 3 && space[4] != ' '))
        return stop(answer, ANSWER_MALFORMED);
    answer->status = (space[1] - '0') * 100 + (space[2] - '0') * 10 + (space[3] - '0');
    fields_clear(&answer->fields);
    answer->fields.lower = true;
    return true;
}

/* An announced body that cannot fit is refused before its first byte. */
static bool announced_fits(const struct answer *answer)
{
    const char *text = fields_find(&answer->fields, "content-length");
    if (!text || answer->bodyless)
        return true;
    return strspn(text, "0123456789") != strlen(text) || strtoull(text, NULL, 10) <= answer->max_body;
}

/* A folded line (obsolete, but seen) continues the last value, which ends the block of text. */
static bool take_folded(struct answer *answer, const char *line, size_t size)
{
    struct buffer *text = &answer->fields.text;
    while (size && (*line == ' ' || *line == '\t')) {
        line++;
        size--;
    }
    if (answer->fields.count == 0 || memchr(line, '\0', size))
        return stop(answer, ANSWER_MALFORMED);
    if (*fields_value(&answer->fields, answer->fields.count - 1))
        text->data[text->size - 1] = ' ';
    else
        text->size--;
    if (!buffer_append(text, line, size) || !buffer_append(text, "", 1))
        return stop(answer, ANSWER_NO_MEMORY);
    return true;
}

static bool take_field(struct answer *answer, const char *line, size_t size)
{
    if (*line == ' ' || *line == '\t')
        return take_folded(answer, line, size);
    const char *colon = memchr(line, ':', size);
    if (!colon || colon == line || memchr(line, '\0', size))
        return stop(answer, ANSWER_MALFORMED);
    const char *value = colon + 1, *end = line + size;
    size_t name_size = (size_t)(colon - line);
    while (name_size && (line[name_size - 1] == ' ' || line[name_size - 1] == '\t'))
        name_size--;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (!fields_add(&answer->fields, line, name_size, value, (size_t)(end - value)))
        return stop(answer, ANSWER_NO_MEMORY);
    return true;
}

bool answer_line(struct answer *answer, const char *line, size_t size)
{
    if (answer->problem != ANSWER_FINE)
        return false;
    answer->header_bytes += size;
    answer->header_lines++;
    if (answer->header_bytes > HTTP_MAX_HEADER_BYTES || answer->header_lines > HTTP_MAX_HEADER_COUNT + 8)
        return stop(answer, ANSWER_HEADERS_TOO_LARGE);
    while (size && (line[size - 1] == '\r' || line[size - 1] == '\n'))
        size--;
    if (answer->head_complete)
        return true; /* a trailer: bounded, not kept */
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0)
        return take_status_line(answer, line, size);
    if (size == 0) {
        answer->head_complete = answer->status >= 200 || answer->status == 101;
        if (answer->head_complete && !announced_fits(answer))
            return stop(answer, ANSWER_BODY_TOO_LARGE);
        return true;
    }
    return take_field(answer, line, size);
}

bool answer_body(struct answer *answer, const char *data, size_t size)
{
    if (answer->problem != ANSWER_FINE)
        return false;
    if (size > answer->max_body - answer->body.size)
        return stop(answer, ANSWER_BODY_TOO_LARGE);
    if (!buffer_append(&answer->body, data, size))
        return stop(answer, ANSWER_NO_MEMORY);
    return true;
}

void answer_free(struct answer *answer)
{
    fields_free(&answer->fields, false);
    buffer_free(&answer->body, false);
}
