/* SPDX-License-Identifier: MIT
 * settings.c: every libcurl option that peerway sets, and the callbacks that collect an answer.
 * The callbacks write to plain memory; none of them may reach Lua. */
#include "modules/http/client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IDLE_SECONDS = 25,      /* kept connections older than this are not used again: servers close them */
    LOW_SPEED_SECONDS = 60, /* with fewer than LOW_SPEED_BYTES a second for this long, give up */
    LOW_SPEED_BYTES = 100,
    UPLOAD_BUFFER = 16384, /* allocated for each TLS request: the default of 64 KiB costs 20 us */
    EXPECT_BYTES = 1024,   /* above it a libcurl asks the server first whether it wants the body */
};

static size_t take_line(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    return answer_line(&transfer->exchange->answer, data, size * count) ? size * count : 0;
}

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    return answer_body(&transfer->exchange->answer, data, size * count) ? size * count : 0;
}

/* libcurl sends a request again by itself when a kept connection dies before the first byte of the answer.
 * The server may have acted on it: only GET and HEAD without credentials are sent twice. */
static int before_send(void *arg, char *remote, char *local, int remote_port, int local_port)
{
    struct transfer *transfer = arg;
    const struct http_request *request = &transfer->exchange->request;
    bool repeatable =
        !request->secret && (!strcmp(request->method, "GET") || !strcmp(request->method, "HEAD"));
    if (++transfer->sends > 1 && !repeatable) {
        transfer->resend_refused = true;
        return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
}

static bool is_loopback_v4(uint32_t address)
{
    return (address >> 24) == 127;
}

static bool address_permitted(const struct http_exchange *x, const struct sockaddr *address)
{
    bool loopback = false, local = false;
    uint32_t v4 = 0;
    bool have_v4 = address->sa_family == AF_INET;
    if (have_v4)
        v4 = ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr);
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        loopback = IN6_IS_ADDR_LOOPBACK(v6);
        local = IN6_IS_ADDR_LINKLOCAL(v6) || IN6_IS_ADDR_UNSPECIFIED(v6);
        have_v4 = IN6_IS_ADDR_V4MAPPED(v6);
        if (have_v4)
            memcpy(&v4, v6->s6_addr + 12, 4), v4 = ntohl(v4);
    }
    if (have_v4) {
        loopback = is_loopback_v4(v4);
        local = (v4 >> 16) == 0xa9fe || (v4 >> 24) == 0 ||
                v4 == 0x646464c8; /* 169.254/16, 0/8, 100.100.100.200 */
    }
    if (x->request.public_only && (loopback || local))
        return false;
    return x->url.tls || x->request.allow_plain || loopback;
}

/* Opens the socket close-on-exec, after a last look at the resolved address. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = arg;
    if (!address_permitted(transfer->exchange, &address->addr)) {
        transfer->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

#define SET(option, value) (curl->curl_easy_setopt(easy, option, value) == CURLE_OK)

bool settings_fixed(const struct curl_api *curl, struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    return SET(CURLOPT_PRIVATE, transfer) && SET(CURLOPT_ERRORBUFFER, transfer->error) &&
           SET(CURLOPT_NOSIGNAL, 1L) &&
           SET(CURLOPT_QUICK_EXIT, 1L) && /* else a cancel waits for the resolver's thread */
           SET(CURLOPT_NOPROGRESS, 1L) && SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER) &&
           SET(CURLOPT_PROTOCOLS_STR, "http,https") && SET(CURLOPT_REDIR_PROTOCOLS_STR, "https") &&
           SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
           SET(CURLOPT_UNRESTRICTED_AUTH, 0L) && SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
           SET(CURLOPT_SSL_VERIFYHOST, 2L) && SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           SET(CURLOPT_CAPATH,
               NULL) && /* with a folder, libcurl reads all authorities again per connection */
           SET(CURLOPT_SSL_CTX_FUNCTION, trust_rules) &&
           SET(CURLOPT_SSL_CTX_DATA, transfer) && SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) &&
           SET(CURLOPT_HTTP09_ALLOWED, 0L) && SET(CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS) &&
           SET(CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES) && SET(CURLOPT_TCP_NODELAY, 1L) &&
           SET(CURLOPT_HEADERFUNCTION, take_line) && SET(CURLOPT_HEADERDATA, transfer) &&
           SET(CURLOPT_WRITEFUNCTION, take_body) && SET(CURLOPT_WRITEDATA, transfer) &&
           SET(CURLOPT_PREREQFUNCTION, before_send) && SET(CURLOPT_PREREQDATA, transfer) &&
           SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) && SET(CURLOPT_OPENSOCKETDATA, transfer);
}

/* Set where the caller names none: libcurl formats its own even when it is not sent. */
static bool set_user_agent(const struct curl_api *curl, struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    bool wanted = !exchange_header(transfer->exchange, "user-agent");
    if (wanted == transfer->user_agent)
        return true;
    transfer->user_agent = wanted;
    return SET(CURLOPT_USERAGENT, wanted ? "peerway/" PEERWAY_VERSION : NULL);
}

static void add_node(struct transfer *transfer, size_t *count, const char *text)
{
    struct curl_slist *node = &transfer->nodes[(*count)++];
    *node = (struct curl_slist){.data = (char *)text};
    if (*count > 1)
        node[-1].next = node;
}

/* The caller's headers go to libcurl as one entry: it "passes on the verbatim strings", which costs a fifth
 * less than one by one, and no value holds a line end (check_headers). Before it entries "Name:", which keep
 * libcurl from adding a header of its own of that name: of its own only Host, User-Agent, Accept and
 * Content-Length stay, where the caller has none. */
static bool set_headers(const struct curl_api *curl, struct transfer *transfer)
{
    const struct http_exchange *x = transfer->exchange;
    CURL *easy = transfer->easy;
    size_t count = 0;
    if (exchange_has_body(x))
        add_node(transfer, &count, "Content-Type:");
    if (x->request.body_size > EXPECT_BYTES || exchange_header(x, "expect"))
        add_node(transfer, &count, "Expect:");
    if (exchange_header(x, "accept"))
        add_node(transfer, &count, "Accept:");
    if (exchange_header(x, "host"))
        add_node(transfer, &count, "Host:");
    if (exchange_header(x, "content-length"))
        add_node(transfer, &count, "Content-Length:");
    if (x->header_block)
        add_node(transfer, &count, x->header_block);
    return set_user_agent(curl, transfer) && SET(CURLOPT_HTTPHEADER, count ? transfer->nodes : NULL);
}

static bool set_origin(const struct curl_api *curl, struct transfer *transfer, const char *origin)
{
    CURL *easy = transfer->easy;
    if (strcmp(origin, transfer->origin) == 0)
        return true;
    transfer->origin[0] = '\0';
    if (!transfer->url)
        transfer->url = curl->curl_url();
    if (!transfer->url)
        return false;
    CURLUcode result = curl->curl_url_set(transfer->url, CURLUPART_URL, origin, 0);
    if (result != CURLUE_OK && result != CURLUE_OUT_OF_MEMORY)
        exchange_fail(transfer->exchange, "usage", "InvalidUrl", "start", NULL,
                      "libcurl does not accept this origin (%d)", (int)result);
    /* The text of the URL that went before is forgotten: libcurl makes a new one. */
    if (result != CURLUE_OK || !SET(CURLOPT_URL, NULL) || !SET(CURLOPT_CURLU, transfer->url))
        return false;
    strcpy(transfer->origin, origin);
    return true;
}

/* The handle's URL is the origin, which seldom changes and holds no secret; path and query go into the
 * request line as they are, and libcurl neither takes them apart nor remembers them. */
static bool set_url(const struct curl_api *curl, struct transfer *transfer)
{
    const struct http_exchange *x = transfer->exchange;
    const struct http_url *url = &x->url;
    CURL *easy = transfer->easy;
    size_t size = (size_t)(url->target - x->request.url);
    char origin[ORIGIN_SIZE];
    if (size + 2 > sizeof origin)
        return false;
    memcpy(origin, x->request.url, size);
    memcpy(origin + size, "/", 2);
    if (!set_origin(curl, transfer, origin))
        return false;
    if (*url->target == '/' && url->target[url->target_size] == '\0')
        return SET(CURLOPT_REQUEST_TARGET, url->target);
    char *target = malloc(url->target_size + 2);
    if (!target)
        return false;
    size_t slash = *url->target != '/';
    target[0] = '/';
    memcpy(target + slash, url->target, url->target_size);
    target[slash + url->target_size] = '\0';
    bool ok = SET(CURLOPT_REQUEST_TARGET, target);
    explicit_bzero(target, url->target_size + 2);
    free(target);
    return ok;
}

static bool set_post(const struct curl_api *curl, struct transfer *transfer)
{
    const struct http_request *request = &transfer->exchange->request;
    CURL *easy = transfer->easy;
    if (request->body_size == 0 && transfer->empty_post)
        return true;
    transfer->empty_post = request->body_size == 0;
    return SET(CURLOPT_POST, 1L) && SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size) &&
           SET(CURLOPT_POSTFIELDS, request->body_size ? request->body : "");
}

static bool set_method(const struct curl_api *curl, struct transfer *transfer)
{
    const struct http_request *request = &transfer->exchange->request;
    CURL *easy = transfer->easy;
    const char *usual = "GET"; /* what libcurl says for the shape of the request */
    bool ok;
    if (!strcmp(request->method, "HEAD") && !request->body) {
        usual = "HEAD";
        transfer->empty_post = false;
        ok = SET(CURLOPT_NOBODY, 1L);
    } else if (exchange_has_body(transfer->exchange)) {
        usual = "POST";
        ok = set_post(curl, transfer);
    } else {
        transfer->empty_post = false;
        ok = SET(CURLOPT_HTTPGET, 1L);
    }
    transfer->custom_method = strcmp(request->method, usual) != 0;
    return ok && (!transfer->custom_method || SET(CURLOPT_CUSTOMREQUEST, request->method));
}

/* Proxies of the environment are for public https hosts only; nothing local is ever shown to one. */
static const char *choose_proxy(const struct http_exchange *x)
{
    if (!x->url.tls || http_url_local(&x->url) || x->request.address || x->request.public_only)
        return "";
    return x->request.proxy;
}

static bool set_proxy(const struct curl_api *curl, struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    const char *proxy = choose_proxy(transfer->exchange);
    bool none = proxy && !*proxy;
    if (none && transfer->no_proxy)
        return true;
    transfer->no_proxy = none;
    /* "*" spares the look at the environment: the answer is known. */
    return SET(CURLOPT_PROXY, proxy) && SET(CURLOPT_NOPROXY, none ? "*" : NULL);
}

/* A bundle of the caller replaces the system's. */
static bool set_authorities(const struct curl_api *curl, struct transfer *transfer)
{
    const char *file = transfer->exchange->request.ca_file;
    CURL *easy = transfer->easy;
    if (file == transfer->ca_file || (file && transfer->ca_file && !strcmp(file, transfer->ca_file)))
        return true;
    if (!transfer->system_ca_file)
        curl->curl_easy_getinfo(easy, CURLINFO_CAINFO, &transfer->system_ca_file);
    char *copy = file ? strdup(file) : NULL;
    if ((file && !copy) || !SET(CURLOPT_CAINFO, file ? file : transfer->system_ca_file)) {
        free(copy);
        return false;
    }
    free(transfer->ca_file);
    transfer->ca_file = copy;
    return true;
}

static bool set_route(const struct curl_api *curl, struct transfer *transfer)
{
    struct http_exchange *x = transfer->exchange;
    CURL *easy = transfer->easy;
    if (!set_proxy(curl, transfer) || !set_authorities(curl, transfer))
        return false;
    if (x->request.interface && !SET(CURLOPT_INTERFACE, x->request.interface))
        return false;
    if (!x->request.address)
        return true;
    char rule[128];
    const char *form = strchr(x->request.address, ':') ? "::[%s]:" : "::%s:";
    snprintf(rule, sizeof rule, form, x->request.address);
    transfer->connect_to = curl->curl_slist_append(NULL, rule);
    return transfer->connect_to && SET(CURLOPT_CONNECT_TO, transfer->connect_to);
}

static long milliseconds(double seconds)
{
    return (long)(seconds * 1000 + 0.999);
}

static bool set_limits(const struct curl_api *curl, struct transfer *transfer)
{
    const struct http_exchange *x = transfer->exchange;
    CURL *easy = transfer->easy;
    const struct limits wanted = {
        .timeout_ms = milliseconds(x->request.timeout),
        .connect_timeout_ms = milliseconds(x->request.connect_timeout),
        /* The guard costs libcurl a timer at every step, and a shorter timeout comes first anyway. */
        .low_speed_seconds = x->request.timeout > LOW_SPEED_SECONDS ? LOW_SPEED_SECONDS : 0,
        /* Waiting whether a connection multiplexes ends with the TLS handshake, but in plain http only with
         * the first answer: one silent server would stop all requests to it. */
        .wait_for_multiplexing = x->url.tls,
        .fresh_connection = x->request.public_only,
    };
    if (memcmp(&wanted, &transfer->limits, sizeof wanted) == 0)
        return true;
    transfer->limits = wanted;
    return SET(CURLOPT_TIMEOUT_MS, wanted.timeout_ms) &&
           SET(CURLOPT_CONNECTTIMEOUT_MS, wanted.connect_timeout_ms) &&
           SET(CURLOPT_LOW_SPEED_TIME, wanted.low_speed_seconds) &&
           SET(CURLOPT_PIPEWAIT, wanted.wait_for_multiplexing) &&
           SET(CURLOPT_FRESH_CONNECT, wanted.fresh_connection);
}

bool settings_request(const struct curl_api *curl, struct transfer *transfer)
{
    transfer->error[0] = '\0';
    transfer->sends = 0;
    transfer->resend_refused = false;
    transfer->address_refused = false;
    return set_url(curl, transfer) && set_method(curl, transfer) && set_headers(curl, transfer) &&
           set_route(curl, transfer) && set_limits(curl, transfer);
}

/* Options that few requests need are put back here, so that the others do not pay for them. */
void settings_clear(const struct curl_api *curl, struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    const struct http_request *request = &transfer->exchange->request;
    curl->curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
    if (request->body_size)
        curl->curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
    if (request->secret)
        curl->curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, NULL);
    if (transfer->custom_method)
        curl->curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
    if (request->interface)
        curl->curl_easy_setopt(easy, CURLOPT_INTERFACE, NULL);
    if (transfer->connect_to) {
        curl->curl_easy_setopt(easy, CURLOPT_CONNECT_TO, NULL);
        curl->curl_slist_free_all(transfer->connect_to);
    }
    transfer->custom_method = false;
    transfer->connect_to = NULL;
}

void settings_free(const struct curl_api *curl, struct transfer *transfer)
{
    curl->curl_url_cleanup(transfer->url);
    free(transfer->ca_file);
}
