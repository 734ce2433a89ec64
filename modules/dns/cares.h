/* SPDX-License-Identifier: MIT
 * cares.h: the functions of c-ares that peerway uses, loaded when first needed. */
#ifndef PEERWAY_DNS_CARES_H
#define PEERWAY_DNS_CARES_H

#include <ares.h>

#include "runtime/lazy.h"

#define CARES_FUNCTIONS(X)                                                                                   \
    X(ares_library_init)                                                                                     \
    X(ares_library_cleanup)                                                                                  \
    X(ares_init)                                                                                             \
    X(ares_destroy)                                                                                          \
    X(ares_save_options)                                                                                     \
    X(ares_destroy_options)                                                                                  \
    X(ares_get_servers_ports)                                                                                \
    X(ares_free_data)                                                                                        \
    X(ares_strerror)

LAZY_DECLARE(cares_api, CARES_FUNCTIONS);

#endif
