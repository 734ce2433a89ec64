/* SPDX-License-Identifier: MIT
 * lazy.h: shared libraries that are opened when first used. Plain linking of Debian's libcurl loads 34
 * shared objects at each start, four times the time of a whole `lua5.4 -e ''`.
 *
 * A module lists the functions it uses once:
 *
 *     #define CURL_FUNCTIONS(X) X(curl_easy_init) X(curl_easy_perform)
 *     LAZY_DECLARE(curl_api, CURL_FUNCTIONS);         // header: struct curl_api, one typed pointer each
 *     LAZY_DEFINE(curl_api, CURL_FUNCTIONS,           // one .c file
 *                 "libcurl.so.4", "libcurl4");        // soname, Debian package named in the error
 *
 * and calls `const struct curl_api *curl = curl_api_load(&why);` (NULL and a text when the library is
 * missing), then `curl->curl_easy_init()`. Loading happens once. */
#ifndef PEERWAY_LAZY_H
#define PEERWAY_LAZY_H

#include <stddef.h>

struct lazy_symbol {
    const char *name;
    size_t offset; /* of the pointer in the api struct */
};

/* Opens `soname` and fills `api`; returns NULL or a text (static buffer) naming library and package. */
const char *lazy_load(const char *soname, const char *package, const struct lazy_symbol *symbols, void *api);

#define LAZY_MEMBER(f) __typeof__(&f) f;
#define LAZY_DECLARE(api, FUNCTIONS)                                                                         \
    struct api {                                                                                             \
        FUNCTIONS(LAZY_MEMBER)                                                                               \
    };                                                                                                       \
    const struct api *api##_load(const char **why)

#define LAZY_SYMBOL(f) {#f, offsetof(struct LAZY_API_NAME, f)},
/* Before LAZY_DEFINE: #define LAZY_API_NAME curl_api */
#define LAZY_DEFINE(api, FUNCTIONS, soname, package)                                                         \
    const struct api *api##_load(const char **why)                                                           \
    {                                                                                                        \
        static struct api loaded;                                                                            \
        static int state;                                                                                    \
        static const struct lazy_symbol symbols[] = {FUNCTIONS(LAZY_SYMBOL){NULL, 0}};                       \
        static const char *problem;                                                                          \
        if (state == 0) {                                                                                    \
            problem = lazy_load(soname, package, symbols, &loaded);                                          \
            state = problem ? -1 : 1;                                                                        \
        }                                                                                                    \
        if (why)                                                                                             \
            *why = problem;                                                                                  \
        return state == 1 ? &loaded : NULL;                                                                  \
    }

#endif
