/* SPDX-License-Identifier: MIT
 * client.h: the network door: libcurl's multi interface on the runtime's loop. */
#ifndef PEERWAY_HTTP_CLIENT_H
#define PEERWAY_HTTP_CLIENT_H

#include "modules/http/curl_api.h"
#include "modules/http/exchange.h"

/* "https://" and the longest authority with a slash behind it. */
#define ORIGIN_SIZE (HTTP_MAX_HOST + 24)

/* Options with a number, which seldom change from request to request. */
struct limits {
    long timeout_ms, connect_timeout_ms;
    long low_speed_seconds; /* 0: no such guard */
    long wait_for_multiplexing;
    long fresh_connection;
};

/* A libcurl handle and the request that it carries now; kept and used again. */
struct transfer {
    CURL *easy;
    struct http_exchange *exchange;
    struct curl_slist *connect_to;
    struct curl_slist nodes[8]; /* of the header list: libcurl only reads them */
    CURLU *url;                 /* CURLOPT_CURLU: where the handle went last, taken apart once */
    char origin[ORIGIN_SIZE];   /* the same as text */
    char *ca_file;              /* CURLOPT_CAINFO: NULL for libcurl's own */
    char *system_ca_file;       /* libcurl's own, known once another was set */
    bool no_proxy;              /* CURLOPT_PROXY is "" */
    bool user_agent;            /* CURLOPT_USERAGENT is set */
    bool empty_post;            /* the handle is set for a POST with an empty body */
    struct limits limits;       /* as they are set on the handle */
    char error[CURL_ERROR_SIZE];
    unsigned sends;       /* how often libcurl began to send the request */
    bool resend_refused;  /* it wanted to send a second time and was stopped */
    bool address_refused; /* the resolved address is not permitted */
    bool custom_method;   /* other than libcurl's own word for the shape of the request */
    struct transfer *next;
};

/* Starts the transfer, or fails the exchange (without finishing it). Loads libcurl when needed. */
void client_send(struct http_exchange *exchange);
/* Takes the exchange off the network; never blocks. */
void client_drop(struct http_exchange *exchange);
void client_free(struct http_client *client);

/* settings.c: what never changes on a handle; what each request sets. False: out of memory. */
bool settings_fixed(const struct curl_api *curl, struct transfer *transfer);
bool settings_request(const struct curl_api *curl, struct transfer *transfer);
/* Forgets every pointer into the request of the transfer's exchange, and its secrets. */
void settings_clear(const struct curl_api *curl, struct transfer *transfer);
/* Frees what the settings of a handle own; the handle is gone. */
void settings_free(const struct curl_api *curl, struct transfer *transfer);

/* trust.c: CURLOPT_SSL_CTX_FUNCTION. */
CURLcode trust_rules(CURL *easy, void *context, void *arg);

/* failure.c: turns libcurl's result into the failure of the exchange. */
void failure_of_transfer(const struct curl_api *curl, struct transfer *transfer, CURLcode result);

#endif
