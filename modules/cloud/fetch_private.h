/* SPDX-License-Identifier: MIT
 * fetch_private.h: what the ways to fetch a credential share. Everything runs on the loop. */
#ifndef PEERWAY_CLOUD_FETCH_PRIVATE_H
#define PEERWAY_CLOUD_FETCH_PRIVATE_H

#include "modules/cloud/fetch.h"
#include "modules/http/http.h"

struct fetch {
    struct runtime *rt;
    const struct plan *plan; /* as given */
    const struct plan *at;   /* the member of the chain that is tried */
    void (*done)(void *arg);
    void *arg;
    struct http_exchange *exchange;
    struct loop_timer *timer; /* pending step, or the deadline of a program */
    void (*step)(struct fetch *fetch);
    struct account_waiter waiter; /* PLAN_ROLE: for the base */
    struct secret session;        /* metadata: token of the v2 flow */
    struct secret output;         /* of a program */
    size_t output_size;
    int output_fd;
    struct loop_watch *output_watch;
    int child; /* process id, 0: none */
    struct credential result;
    struct problem problem;
    char role[160];     /* metadata: role name from the service */
    char reasons[1000]; /* of the chain's members that failed */
};

/* Sends a request marked secret; `step` runs when it is answered or failed. */
void fetch_send(struct fetch *fetch, struct http_request *request, void (*step)(struct fetch *fetch));
/* The body of the answer in secure memory; false with problem when there is none or not status 200.
 * `what` names the service for people. Ends the exchange. */
bool fetch_answer(struct fetch *fetch, const char *what, struct secret *body, int *status);
/* Runs `step` from the loop. */
void fetch_later(struct fetch *fetch, double seconds, void (*step)(struct fetch *fetch));
/* The credential is in fetch->result. */
void fetch_succeed(struct fetch *fetch);
/* The problem is set: the next member of the chain, or the end. */
void fetch_fail(struct fetch *fetch);
/* Parses {AccessKeyId, AccessKeySecret, SecurityToken, Expiration}, also inside "Credentials", into
 * fetch->result, and ends the fetch. */
void fetch_issued(struct fetch *fetch, const char *what, struct secret *body);

void fetch_metadata(struct fetch *fetch);
void fetch_uri(struct fetch *fetch);
void fetch_role(struct fetch *fetch);
void fetch_oidc(struct fetch *fetch);
void fetch_process(struct fetch *fetch);
void fetch_process_end(struct fetch *fetch);

#endif
