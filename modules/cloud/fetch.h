/* SPDX-License-Identifier: MIT
 * fetch.h: gets a credential as a plan says, over the network where needed. */
#ifndef PEERWAY_CLOUD_FETCH_H
#define PEERWAY_CLOUD_FETCH_H

#include "modules/cloud/account.h"

struct fetch;

/* Starts; NULL: out of memory. `done` runs once on the loop, never inside fetch_start. */
struct fetch *fetch_start(struct runtime *rt, const struct plan *plan, void (*done)(void *arg), void *arg);
/* Ends it when under way, and frees. */
void fetch_free(struct fetch *fetch);

/* After `done`: the credential (the caller moves it out), or NULL and the problem. */
struct credential *fetch_result(struct fetch *fetch, const char **label, const struct problem **problem);

#endif
