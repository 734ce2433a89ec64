/* SPDX-License-Identifier: MIT
 * server_reply.c: a handler's reply on the wire, and the faults: drop, cut, stall. */
#include "modules/http/server.h"

#include <string.h>
#include <strings.h>

/* libmicrohttpd writes these itself. */
static bool own_field(const char *name)
{
    return strcasecmp(name, "content-length") == 0 || strcasecmp(name, "transfer-encoding") == 0;
}

static void add_fields(const struct mhd_api *mhd, struct MHD_Response *response, const struct reply *reply)
{
    for (size_t i = 0; i < reply->fields.count; i++)
        if (!own_field(fields_name(&reply->fields, i)))
            mhd->MHD_add_response_header(response, fields_name(&reply->fields, i),
                                         fields_value(&reply->fields, i));
}

/* Gives the body up to the byte where the fault strikes. */
static ssize_t faulty_body(void *arg, uint64_t position, char *data, size_t room)
{
    struct visit *visit = arg;
    const struct reply *reply = &visit->reply;
    size_t limit = reply->fault_bytes < reply->body.size ? reply->fault_bytes : reply->body.size;
    if (position < limit) {
        size_t size = limit - position < room ? limit - (size_t)position : room;
        memcpy(data, reply->body.data + position, size);
        return (ssize_t)size;
    }
    if (reply->fault == FAULT_CUT || visit->server->closing)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    visit->suspended = true;
    visit->server->mhd->MHD_suspend_connection(visit->connection);
    return 0;
}

static struct MHD_Response *make_response(struct visit *visit)
{
    const struct mhd_api *mhd = visit->server->mhd;
    struct reply *reply = &visit->reply;
    struct MHD_Response *response;
    if (reply->fault == FAULT_NONE) {
        response = mhd->MHD_create_response_from_buffer(reply->body.size, reply->body.data,
                                                        reply->body.data ? MHD_RESPMEM_MUST_FREE
                                                                         : MHD_RESPMEM_PERSISTENT);
        if (response)
            reply->body = (struct buffer){0}; /* the response's now */
        return response;
    }
    /* At least one byte more is announced than arrives. */
    uint64_t size = reply->fault_bytes < reply->body.size ? reply->body.size : reply->body.size + 1;
    return mhd->MHD_create_response_from_callback(size, 16384, faulty_body, visit, NULL);
}

enum MHD_Result visit_answer(struct visit *visit)
{
    const struct mhd_api *mhd = visit->server->mhd;
    if (visit->reply.fault == FAULT_DROP)
        return MHD_NO; /* closes the connection */
    struct MHD_Response *response = make_response(visit);
    if (!response)
        return MHD_NO;
    add_fields(mhd, response, &visit->reply);
    enum MHD_Result result =
        mhd->MHD_queue_response(visit->connection, (unsigned)visit->reply.status, response);
    mhd->MHD_destroy_response(response);
    return result;
}
