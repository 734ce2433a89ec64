/* SPDX-License-Identifier: MIT
 * curl_api.h: libcurl, opened when the first request needs it. */
#ifndef PEERWAY_HTTP_CURL_API_H
#define PEERWAY_HTTP_CURL_API_H

#define CURL_DISABLE_TYPECHECK /* its macros cannot be called through pointers */
#include <curl/curl.h>

#include "runtime/lazy.h"

#define CURL_FUNCTIONS(X)                                                                                    \
    X(curl_global_init_mem)                                                                                  \
    X(curl_easy_init)                                                                                        \
    X(curl_easy_cleanup)                                                                                     \
    X(curl_easy_setopt)                                                                                      \
    X(curl_easy_getinfo)                                                                                     \
    X(curl_easy_strerror)                                                                                    \
    X(curl_url)                                                                                              \
    X(curl_url_set)                                                                                          \
    X(curl_url_cleanup)                                                                                      \
    X(curl_multi_init)                                                                                       \
    X(curl_multi_cleanup)                                                                                    \
    X(curl_multi_setopt)                                                                                     \
    X(curl_multi_add_handle)                                                                                 \
    X(curl_multi_remove_handle)                                                                              \
    X(curl_multi_perform)                                                                                    \
    X(curl_multi_poll)                                                                                       \
    X(curl_multi_timeout)                                                                                    \
    X(curl_multi_info_read)                                                                                  \
    X(curl_slist_append)                                                                                     \
    X(curl_slist_free_all)

LAZY_DECLARE(curl_api, CURL_FUNCTIONS);

/* Loads and initialises libcurl once, SSLKEYLOGFILE hidden from it. NULL and a text naming library and
 * package when it cannot. */
const struct curl_api *curl_start(const char **why);

/* All memory that libcurl frees is zeroed first: called before something worth stealing (a session token, an
 * answer with keys) gets into its buffers. Costs a tenth of a request. */
void curl_cleanse_from_now_on(void);

#endif
