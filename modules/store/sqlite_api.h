/* SPDX-License-Identifier: MIT
 * sqlite_api.h: the functions of SQLite that the ledger uses; opened at first use. */
#ifndef PEERWAY_SQLITE_API_H
#define PEERWAY_SQLITE_API_H

#include "runtime/lazy.h"

#include <sqlite3.h>

#define SQLITE_FUNCTIONS(X)                                                                                  \
    X(sqlite3_open_v2)                                                                                       \
    X(sqlite3_close_v2)                                                                                      \
    X(sqlite3_busy_timeout)                                                                                  \
    X(sqlite3_errmsg)                                                                                        \
    X(sqlite3_extended_errcode)                                                                              \
    X(sqlite3_exec)                                                                                          \
    X(sqlite3_prepare_v2)                                                                                    \
    X(sqlite3_step)                                                                                          \
    X(sqlite3_finalize)                                                                                      \
    X(sqlite3_changes)                                                                                       \
    X(sqlite3_bind_parameter_count)                                                                          \
    X(sqlite3_bind_null)                                                                                     \
    X(sqlite3_bind_int64)                                                                                    \
    X(sqlite3_bind_double)                                                                                   \
    X(sqlite3_bind_text)                                                                                     \
    X(sqlite3_column_count)                                                                                  \
    X(sqlite3_column_name)                                                                                   \
    X(sqlite3_column_type)                                                                                   \
    X(sqlite3_column_int64)                                                                                  \
    X(sqlite3_column_double)                                                                                 \
    X(sqlite3_column_text)                                                                                   \
    X(sqlite3_column_bytes)

LAZY_DECLARE(sqlite_api, SQLITE_FUNCTIONS);

#endif
