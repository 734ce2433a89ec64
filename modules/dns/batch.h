/* SPDX-License-Identifier: MIT
 * batch.h: many questions in one call: so many under way at once, so many a second, all answers kept in
 * the order of the questions. One question is a batch of one. */
#ifndef PEERWAY_DNS_BATCH_H
#define PEERWAY_DNS_BATCH_H

#include "modules/dns/resolver.h"

/* One question and, later, its end. */
struct dns_item {
    size_t name_at; /* wire form in batch->names */
    uint16_t type;
    enum dns_status fault; /* of the name as it was given: never asked */
    enum dns_outcome outcome;
    enum dns_status status;
    int error;
    uint8_t *answer;
    size_t answer_size;
    struct dns_attempt *attempts; /* allocated when there was more than one */
    unsigned n_attempts, ignored;
    uint8_t server;
    bool over_tcp, was_truncated;
    double elapsed;
    unsigned next_ready; /* index + 1 of the item that ended after this one */
};

struct dns_batch {
    struct dns_resolver *resolver;
    struct dns_policy policy;
    unsigned n, next, finished, active;
    struct dns_item *items;
    uint8_t *names; /* wire names, one behind the other */
    size_t names_size, names_room;
    unsigned limit; /* under way at once */
    struct dns_query *slots, *idle;
    double rate; /* questions a second, 0: no limit */
    double tokens, refilled;
    struct loop_timer *timer;
    bool pumping, running;
    unsigned first_ready, last_ready, n_ready; /* index + 1; ended and not yet taken */
    unsigned wake_at; /* `ready` is called when so many wait to be taken, or all ended */
    void (*ready)(void *arg);
    void *arg;
};

/* Room for `n` items; policy, limit, rate and ready are set by the caller afterwards. False: no memory. */
bool dns_batch_init(struct dns_batch *batch, struct dns_resolver *resolver, unsigned n);

/* Sets item `index`; a name that is none is noted in item->fault. False: no memory. */
bool dns_batch_set(struct dns_batch *batch, unsigned index, const char *name, size_t length, uint16_t type);

/* Starts; `ready(arg)` may be called inside. False: no memory. */
bool dns_batch_start(struct dns_batch *batch);

/* Index of an ended item, in the order of their ends; -1 when none waits. */
long dns_batch_take(struct dns_batch *batch);

/* All items have ended (they may still wait to be taken). */
bool dns_batch_ended(const struct dns_batch *batch);

/* Frees the answer of an item that was taken. */
void dns_batch_drop(struct dns_batch *batch, unsigned index);

/* Stops without calling `ready`. */
void dns_batch_cancel(struct dns_batch *batch);

/* Frees all; idempotent. */
void dns_batch_clear(struct dns_batch *batch);

/* The name of an item. */
void dns_batch_name(const struct dns_batch *batch, unsigned index, struct dns_name *name);

#endif
