/* SPDX-License-Identifier: MIT
 * sqlite_api.c: loads SQLite when a ledger is opened; most commands never do. */
#include "modules/store/sqlite_api.h"

#define LAZY_API_NAME sqlite_api
LAZY_DEFINE(sqlite_api, SQLITE_FUNCTIONS, "libsqlite3.so.0", "libsqlite3-0")
