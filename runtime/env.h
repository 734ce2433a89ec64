/* SPDX-License-Identifier: MIT
 * env.h: which environment variables hold secrets by their name. */
#ifndef PEERWAY_ENV_H
#define PEERWAY_ENV_H

#include <stdbool.h>
#include <stddef.h>

/* True for names with SECRET, TOKEN, PASSWORD, PASSWD or PRIVATE_KEY in them, but not for *_FILE. */
bool env_is_secret(const char *name, size_t length);

#endif
