/* SPDX-License-Identifier: MIT
 * fuzz_http_url.c: the URL splitter never reads beyond the text, and what it accepts is what libcurl reads.
 */
#include "modules/http/curl_api.h"
#include "modules/http/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <dlfcn.h>

typedef CURLU *(*url_new)(void);
typedef void (*url_free)(CURLU *);
typedef CURLUcode (*url_set)(CURLU *, CURLUPart, const char *, unsigned);
typedef CURLUcode (*url_get)(const CURLU *, CURLUPart, char **, unsigned);
typedef void (*text_free)(void *);

static void must(bool truth, const char *what, const char *text)
{
    if (truth)
        return;
    fprintf(stderr, "%s: %s\n", what, text);
    abort();
}

/* A URL that we accept must not be another one for libcurl: the same host and port would be contacted. */
static void compare_with_curl(const char *text, const struct http_url *url)
{
    static void *library;
    if (!library)
        library = dlopen("libcurl.so.4", RTLD_NOW);
    CURLU *handle = ((url_new)dlsym(library, "curl_url"))();
    url_get get = (url_get)dlsym(library, "curl_url_get");
    text_free release = (text_free)dlsym(library, "curl_free");
    char *host = NULL, *port = NULL, *user = NULL;
    if (((url_set)dlsym(library, "curl_url_set"))(handle, CURLUPART_URL, text, CURLU_PATH_AS_IS) ==
        CURLUE_OK) {
        char number[8];
        snprintf(number, sizeof number, "%u", url->port);
        must(get(handle, CURLUPART_HOST, &host, 0) == CURLUE_OK, "no host", text);
        must(get(handle, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK, "no port", text);
        must(get(handle, CURLUPART_USER, &user, 0) == CURLUE_NO_USER, "a user", text);
        must(strcmp(port, number) == 0, "another port", text);
        if (!url->ipv6) /* libcurl rewrites the text of IPv6 addresses */
            must(strcasecmp(host, url->host) == 0, "another host", text);
        release(host);
        release(port);
    }
    ((url_free)dlsym(library, "curl_url_cleanup"))(handle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct http_url url, again;
    char authority[300], rebuilt[400];
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!http_url_parse(text, &url)) {
        must(url.path_size <= url.target_size, "path beyond target", text);
        must(url.target >= text && url.target + url.target_size <= text + strlen(text), "target outside",
             text);
        http_url_authority(&url, authority, sizeof authority);
        snprintf(rebuilt, sizeof rebuilt, "%s://%s/", url.tls ? "https" : "http", authority);
        must(!http_url_parse(rebuilt, &again) && http_url_same_origin(&url, &again), "not stable", text);
        must(!http_url_loopback(&url) || http_url_local(&url), "loopback is local", text);
        compare_with_curl(text, &url);
    }
    free(text);
    return 0;
}
