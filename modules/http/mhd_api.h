/* SPDX-License-Identifier: MIT
 * mhd_api.h: libmicrohttpd, opened when the first server starts. */
#ifndef PEERWAY_HTTP_MHD_API_H
#define PEERWAY_HTTP_MHD_API_H

#include <microhttpd.h>

#include "runtime/lazy.h"

#define MHD_FUNCTIONS(X)                                                                                     \
    X(MHD_start_daemon)                                                                                      \
    X(MHD_stop_daemon)                                                                                       \
    X(MHD_run)                                                                                               \
    X(MHD_get_timeout)                                                                                       \
    X(MHD_get_daemon_info)                                                                                   \
    X(MHD_get_connection_info)                                                                               \
    X(MHD_get_connection_values)                                                                             \
    X(MHD_suspend_connection)                                                                                \
    X(MHD_resume_connection)                                                                                 \
    X(MHD_create_response_from_buffer)                                                                       \
    X(MHD_create_response_from_callback)                                                                     \
    X(MHD_add_response_header)                                                                               \
    X(MHD_queue_response)                                                                                    \
    X(MHD_destroy_response)

LAZY_DECLARE(mhd_api, MHD_FUNCTIONS);

#endif
