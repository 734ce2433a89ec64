/* SPDX-License-Identifier: MIT
 * client.c: one libcurl multi handle as a poller of the loop; waits by curl_multi_poll. */
#include "modules/http/client.h"

#include "runtime/loop.h"
#include "runtime/runtime.h"

#include <stdlib.h>
#include <string.h>

enum {
    HOST_CONNECTIONS = 64, /* per host: beyond it requests queue inside libcurl */
    KEPT_CONNECTIONS = 128,
    IDLE_HANDLES = 64,
};

struct http_client {
    const struct curl_api *curl;
    CURLM *multi;
    struct http_state *state;
    struct loop_poller poller;
    struct transfer *idle;
    unsigned idle_count;
    unsigned active;
    struct curl_waitfd *waits;
    unsigned wait_capacity;
};

static void transfer_free(const struct curl_api *curl, struct transfer *transfer)
{
    if (transfer->easy)
        curl->curl_easy_cleanup(transfer->easy);
    settings_free(curl, transfer);
    free(transfer);
}

static struct transfer *transfer_take(struct http_client *client)
{
    struct transfer *transfer = client->idle;
    if (transfer) {
        client->idle = transfer->next;
        client->idle_count--;
        return transfer;
    }
    transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return NULL;
    transfer->easy = client->curl->curl_easy_init();
    if (!transfer->easy || !settings_fixed(client->curl, transfer)) {
        transfer_free(client->curl, transfer);
        return NULL;
    }
    return transfer;
}

static void transfer_put_back(struct http_client *client, struct transfer *transfer)
{
    settings_clear(client->curl, transfer);
    transfer->exchange = NULL;
    if (client->idle_count >= IDLE_HANDLES) {
        transfer_free(client->curl, transfer);
        return;
    }
    transfer->next = client->idle;
    client->idle = transfer;
    client->idle_count++;
}

static double seconds_of(const struct curl_api *curl, CURL *easy, CURLINFO info)
{
    curl_off_t microseconds = 0;
    curl->curl_easy_getinfo(easy, info, &microseconds);
    return (double)microseconds / 1e6;
}

static void read_facts(const struct curl_api *curl, struct transfer *transfer)
{
    struct http_exchange *x = transfer->exchange;
    long connects = 0;
    curl->curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    x->reused = connects == 0 && transfer->sends > 0;
    x->timing = (struct http_timing){
        .connect = seconds_of(curl, transfer->easy, CURLINFO_CONNECT_TIME_T),
        .tls = seconds_of(curl, transfer->easy, CURLINFO_APPCONNECT_TIME_T),
        .first_byte = seconds_of(curl, transfer->easy, CURLINFO_STARTTRANSFER_TIME_T),
        .total = seconds_of(curl, transfer->easy, CURLINFO_TOTAL_TIME_T),
    };
}

static void reap(struct http_client *client)
{
    int left;
    CURLMsg *message;
    while ((message = client->curl->curl_multi_info_read(client->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        struct transfer *transfer = NULL;
        client->curl->curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
        struct http_exchange *x = transfer->exchange;
        if (x->request.timed || result != CURLE_OK)
            read_facts(client->curl, transfer);
        exchange_judge(x);
        if (!x->failed && (result != CURLE_OK || !x->answer.head_complete))
            failure_of_transfer(client->curl, transfer, result);
        client_drop(x);
        exchange_finish(x);
    }
}

static void poller_work(void *arg)
{
    struct http_client *client = arg;
    int running;
    client->curl->curl_multi_perform(client->multi, &running);
    reap(client);
}

static double poller_timeout(void *arg)
{
    struct http_client *client = arg;
    long milliseconds = -1;
    client->curl->curl_multi_timeout(client->multi, &milliseconds);
    return milliseconds < 0 ? -1 : (double)milliseconds / 1000;
}

/* The loop's descriptors wait together with libcurl's. struct curl_waitfd has poll(2)'s bits. */
static int wait_in_curl(void *arg, struct pollfd *fds, unsigned count, int timeout_ms)
{
    struct http_client *client = arg;
    int ready = 0;
    if (count > client->wait_capacity) {
        struct curl_waitfd *waits = realloc(client->waits, count * 2 * sizeof *waits);
        if (!waits)
            return poll(fds, count, 1); /* short of memory: never sleep on libcurl's back */
        client->waits = waits;
        client->wait_capacity = count * 2;
    }
    for (unsigned i = 0; i < count; i++)
        client->waits[i] = (struct curl_waitfd){.fd = fds[i].fd, .events = fds[i].events};
    if (timeout_ms < 0)
        timeout_ms = 60000;
    if (client->curl->curl_multi_poll(client->multi, client->waits, count, timeout_ms, &ready) != CURLM_OK)
        return -1;
    for (unsigned i = 0; i < count; i++)
        fds[i].revents = client->waits[i].revents;
    return ready;
}

static struct http_client *client_new(struct http_state *state, const char **why)
{
    const struct curl_api *curl = curl_start(why);
    if (!curl)
        return NULL;
    struct http_client *client = calloc(1, sizeof *client);
    CURLM *multi = client ? curl->curl_multi_init() : NULL;
    if (!multi) {
        free(client);
        *why = "out of memory";
        return NULL;
    }
    client->curl = curl;
    client->multi = multi;
    client->state = state;
    client->poller = (struct loop_poller){.work = poller_work, .timeout = poller_timeout, .arg = client};
    curl->curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl->curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS);
    curl->curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
    return client;
}

/* The loop knows libcurl only while requests are in flight. */
static void count_active(struct http_client *client, int change)
{
    struct loop *loop = client->state->rt->loop;
    bool was_idle = client->active == 0;
    client->active += (unsigned)change;
    if (was_idle) {
        loop_add_poller(loop, &client->poller);
        loop_set_wait(loop, wait_in_curl, client);
    } else if (client->active == 0) {
        loop_remove_poller(loop, &client->poller);
        loop_set_wait(loop, NULL, NULL);
    }
}

void client_send(struct http_exchange *x)
{
    struct http_state *state = x->state;
    const char *why = NULL;
    if (!state->client)
        state->client = client_new(state, &why);
    if (!state->client) {
        exchange_fail(x, "internal", "LibraryMissing", "start", "install the package that is named", "%s",
                      why);
        return;
    }
    struct http_client *client = state->client;
    struct transfer *transfer = transfer_take(client);
    if (transfer) {
        if (x->request.secret && !x->request.signature_only)
            curl_cleanse_from_now_on();
        transfer->exchange = x;
        x->transfer = transfer;
        count_active(client, 1);
        if (settings_request(client->curl, transfer) &&
            client->curl->curl_multi_add_handle(client->multi, transfer->easy) == CURLM_OK)
            return;
        client_drop(x);
    }
    if (!x->failed)
        exchange_fail(x, "internal", "OutOfMemory", "start", NULL, "out of memory for a request");
}

void client_drop(struct http_exchange *x)
{
    struct http_client *client = x->state->client;
    struct transfer *transfer = x->transfer;
    x->transfer = NULL;
    client->curl->curl_multi_remove_handle(client->multi, transfer->easy);
    transfer_put_back(client, transfer);
    count_active(client, -1);
}

void client_free(struct http_client *client)
{
    if (!client)
        return;
    while (client->idle) {
        struct transfer *transfer = client->idle;
        client->idle = transfer->next;
        transfer_free(client->curl, transfer);
    }
    client->curl->curl_multi_cleanup(client->multi);
    free(client->waits);
    free(client);
}
