/* SPDX-License-Identifier: MIT
 * batch.c: keeps `limit` queries of a list under way, within a rate. Memory: a slot for each query under
 * way, a name and an answer for each item. Never touches Lua. */
#include "modules/dns/batch.h"

#include <stdlib.h>
#include <string.h>

/* Tokens that may pile up while the loop is elsewhere: a hundredth of a second's worth. */
#define BURST_SECONDS 0.01

bool dns_batch_init(struct dns_batch *batch, struct dns_resolver *resolver, unsigned n)
{
    memset(batch, 0, sizeof *batch);
    batch->resolver = resolver;
    batch->items = calloc(n ? n : 1, sizeof *batch->items);
    batch->n = n;
    return batch->items != NULL;
}

bool dns_batch_set(struct dns_batch *batch, unsigned index, const char *name, size_t length, uint16_t type)
{
    struct dns_item *item = &batch->items[index];
    struct dns_name wire;

    item->type = type;
    item->fault = dns_name_from_text(&wire, name, length);
    if (item->fault != DNS_FINE)
        return true;
    if (batch->names_room - batch->names_size < wire.length) {
        size_t room = batch->names_room * 2 + (batch->n > 1 ? 4096 : 256);
        uint8_t *names = realloc(batch->names, room);

        if (!names)
            return false;
        batch->names = names;
        batch->names_room = room;
    }
    item->name_at = batch->names_size;
    memcpy(batch->names + batch->names_size, wire.octets, wire.length);
    batch->names_size += wire.length;
    return true;
}

void dns_batch_name(const struct dns_batch *batch, unsigned index, struct dns_name *name)
{
    size_t at = batch->items[index].name_at, size = batch->names_size - at;
    const uint8_t *octets = batch->names + at;

    at = 0;
    dns_name_read(octets, size, &at, name); /* written by dns_batch_set, so well-formed */
}

static void pump(struct dns_batch *batch);

static void note_end(struct dns_batch *batch, unsigned index)
{
    if (batch->last_ready)
        batch->items[batch->last_ready - 1].next_ready = index + 1;
    else
        batch->first_ready = index + 1;
    batch->last_ready = index + 1;
    batch->n_ready++;
    batch->finished++;
}

long dns_batch_take(struct dns_batch *batch)
{
    unsigned first = batch->first_ready;

    if (!first)
        return -1;
    batch->first_ready = batch->items[first - 1].next_ready;
    if (!batch->first_ready)
        batch->last_ready = 0;
    batch->n_ready--;
    return (long)first - 1;
}

bool dns_batch_ended(const struct dns_batch *batch)
{
    return batch->finished == batch->n;
}

void dns_batch_drop(struct dns_batch *batch, unsigned index)
{
    free(batch->items[index].answer);
    free(batch->items[index].attempts);
    batch->items[index].answer = NULL;
    batch->items[index].attempts = NULL;
}

/* Moves the result out of the slot, which then is free for the next item. */
static void on_done(struct dns_query *q)
{
    struct dns_batch *batch = q->arg;
    struct dns_item *item = &batch->items[q->item];

    item->outcome = q->outcome;
    item->status = q->status;
    item->error = q->error;
    item->answer = q->answer;
    item->answer_size = q->answer_size;
    item->server = (uint8_t)q->server;
    item->over_tcp = q->over_tcp;
    item->was_truncated = q->was_truncated;
    item->elapsed = q->elapsed;
    item->ignored = q->ignored;
    item->n_attempts = q->n_attempts;
    if (q->n_attempts > 1) {
        size_t size = q->n_attempts * sizeof *item->attempts;

        item->attempts = malloc(size);
        if (item->attempts)
            memcpy(item->attempts, q->attempts, size);
        else
            item->n_attempts = 0; /* the report is shorter, the answer stays */
        batch->tokens -= q->n_attempts - 1;
    }
    q->answer = NULL;
    q->next_id = batch->idle;
    batch->idle = q;
    batch->active--;
    note_end(batch, q->item);
    pump(batch);
}

static void on_timer(void *arg)
{
    struct dns_batch *batch = arg;

    batch->timer = NULL;
    dns_tick(batch->resolver);
    pump(batch);
    dns_resolver_flush(batch->resolver);
}

/* True when the rate allows one more now; else a timer is set. */
static bool take_token(struct dns_batch *batch)
{
    double burst, now;

    if (batch->rate <= 0)
        return true;
    now = batch->resolver->now;
    burst = batch->rate * BURST_SECONDS;
    batch->tokens += (now - batch->refilled) * batch->rate;
    if (batch->tokens > (burst > 1 ? burst : 1))
        batch->tokens = burst > 1 ? burst : 1;
    batch->refilled = now;
    if (batch->tokens >= 1) {
        batch->tokens -= 1;
        return true;
    }
    if (!batch->timer)
        batch->timer =
            loop_timer_start(batch->resolver->loop, (1 - batch->tokens) / batch->rate, on_timer, batch);
    return batch->timer == NULL; /* without memory for a timer: rather too fast than never */
}

static void start_item(struct dns_batch *batch, unsigned index)
{
    struct dns_query *q = batch->idle;

    batch->idle = q->next_id;
    q->policy = &batch->policy;
    dns_batch_name(batch, index, &q->name);
    q->type = batch->items[index].type;
    q->done = on_done;
    q->arg = batch;
    q->item = index;
    batch->active++;
    dns_query_start(batch->resolver, q);
}

/* Starts what may start. A query that fails at once comes back through on_done, hence the flag. */
static void pump(struct dns_batch *batch)
{
    if (batch->pumping || !batch->running)
        return;
    batch->pumping = true;
    while (batch->next < batch->n && batch->idle) {
        if (batch->items[batch->next].fault != DNS_FINE) {
            note_end(batch, batch->next++);
        } else if (take_token(batch)) {
            start_item(batch, batch->next++);
        } else {
            break;
        }
    }
    batch->pumping = false;
    batch->running = batch->finished < batch->n;
    if (!batch->running || batch->n_ready >= batch->wake_at)
        batch->ready(batch->arg);
}

bool dns_batch_start(struct dns_batch *batch)
{
    unsigned limit = batch->limit < batch->n ? batch->limit : batch->n;

    batch->limit = limit ? limit : 1;
    batch->slots = calloc(batch->limit, sizeof *batch->slots);
    if (!batch->slots)
        return false;
    for (unsigned i = 0; i < batch->limit; i++) {
        batch->slots[i].next_id = batch->idle;
        batch->idle = &batch->slots[i];
    }
    batch->refilled = dns_tick(batch->resolver);
    batch->tokens = 1;
    batch->running = true;
    pump(batch);
    dns_resolver_flush(batch->resolver);
    return true;
}

void dns_batch_cancel(struct dns_batch *batch)
{
    bool stopped = false;

    batch->running = false;
    if (batch->timer)
        loop_timer_cancel(batch->timer);
    batch->timer = NULL;
    for (unsigned i = 0; batch->slots && i < batch->limit; i++)
        stopped |= dns_query_cancel(&batch->slots[i]);
    if (stopped)
        dns_resolver_flush(batch->resolver);
    batch->active = 0;
}

void dns_batch_clear(struct dns_batch *batch)
{
    if (!batch->items)
        return;
    dns_batch_cancel(batch);
    for (unsigned i = 0; i < batch->n; i++)
        dns_batch_drop(batch, i);
    free(batch->items);
    free(batch->names);
    free(batch->slots);
    batch->items = NULL;
    batch->names = NULL;
    batch->slots = NULL;
}
