/* SPDX-License-Identifier: MIT
 * curl_api.c: loading of libcurl, with an allocator that zeroes what it frees, once a request with a
 * session token or an answer with keys may be in it. */
#include "modules/http/curl_api.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_BLOCK = 128 };

#define LAZY_API_NAME curl_api
LAZY_DEFINE(curl_api, CURL_FUNCTIONS, "libcurl.so.4", "libcurl4")

/* Most of some fifty blocks a request are small: a call of explicit_bzero costs more than their zeroing. */
static void cleanse(void *block, size_t size)
{
    volatile uint64_t *words = block;
    if (size > SMALL_BLOCK || size % sizeof *words != 0) {
        explicit_bzero(block, size);
        return;
    }
    for (size_t i = 0; i < size / sizeof *words; i++)
        words[i] = 0;
}

static bool cleansing;

void curl_cleanse_from_now_on(void)
{
    cleansing = true;
}

static void cleansing_free(void *block)
{
    if (!block) /* half of libcurl's calls */
        return;
    if (cleansing)
        cleanse(block, malloc_usable_size(block));
    free(block);
}

static void *cleansing_realloc(void *block, size_t size)
{
    if (!cleansing)
        return realloc(block, size);
    size_t old = block ? malloc_usable_size(block) : 0;
    if (block && size <= old && size >= old / 2)
        return block;
    void *fresh = malloc(size ? size : 1);
    if (!fresh)
        return NULL;
    if (block)
        memcpy(fresh, block, old < size ? old : size);
    cleansing_free(block);
    return fresh;
}

/* libcurl reads SSLKEYLOGFILE during its global initialisation only; children keep the variable. */
static CURLcode init_without_key_log(const struct curl_api *curl)
{
    const char *value = getenv("SSLKEYLOGFILE");
    char *copy = value ? strdup(value) : NULL;
    if (value && !copy)
        return CURLE_OUT_OF_MEMORY;
    unsetenv("SSLKEYLOGFILE");
    CURLcode result = curl->curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, cleansing_free,
                                                 cleansing_realloc, strdup, calloc);
    if (copy)
        setenv("SSLKEYLOGFILE", copy, 1);
    free(copy);
    return result;
}

const struct curl_api *curl_start(const char **why)
{
    static CURLcode started = CURLE_FAILED_INIT;
    const struct curl_api *curl = curl_api_load(why);
    if (curl && started != CURLE_OK) {
        started = init_without_key_log(curl);
        if (started != CURLE_OK) {
            *why = "libcurl cannot initialise";
            return NULL;
        }
    }
    return curl;
}
