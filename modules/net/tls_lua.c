/* SPDX-License-Identifier: MIT
 * tls_lua.c: net.tls: a TLS handshake and what the peer shows, trusted or not. Nothing is sent after it. */
#include "modules/net/endpoint.h"
#include "modules/net/openssl_api.h"

#include "runtime/error.h"
#include "runtime/loop.h"
#include "runtime/op.h"
#include "runtime/runtime.h"
#include "runtime/world.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct tls_op {
    struct op op;
    const struct net_ssl_api *ssl;
    const struct net_crypto_api *crypto;
    SSL_CTX *context;
    SSL *session;
    int fd;
    bool connected;
    const char *reason; /* NULL: the handshake succeeded */
    char text[200];
    double started, connect_seconds, handshake_seconds;
    struct loop_watch *watch;
    struct loop_timer *timer;
};

static double elapsed(const struct tls_op *tls)
{
    struct world *world = tls->op.rt->world;
    return world->monotonic(world) - tls->started;
}

static void tls_fail(struct tls_op *tls, const char *reason, const char *text)
{
    tls->reason = reason;
    snprintf(tls->text, sizeof tls->text, "%s", text);
    op_complete(&tls->op);
}

static void tls_step(struct tls_op *tls)
{
    tls->crypto->ERR_clear_error();
    int result = tls->ssl->SSL_connect(tls->session);
    int number = errno;
    if (result == 1) {
        tls->handshake_seconds = elapsed(tls) - tls->connect_seconds;
        op_complete(&tls->op);
        return;
    }
    switch (tls->ssl->SSL_get_error(tls->session, result)) {
    case SSL_ERROR_WANT_READ:
        loop_watch_events(tls->watch, POLLIN);
        return;
    case SSL_ERROR_WANT_WRITE:
        loop_watch_events(tls->watch, POLLOUT);
        return;
    case SSL_ERROR_SYSCALL:
        tls_fail(tls, "handshake", number ? strerror(number) : "the peer closed the connection");
        return;
    default: {
        const char *why = tls->crypto->ERR_reason_error_string(tls->crypto->ERR_get_error());
        tls_fail(tls, "handshake", why ? why : "the handshake failed");
    }
    }
}

static void tls_ready(void *arg, int fd, short revents)
{
    struct tls_op *tls = arg;
    if (tls->op.done)
        return;
    if (!tls->connected) {
        int number = endpoint_result(fd);
        if (number) {
            tls_fail(tls, endpoint_reason(number), strerror(number));
            loop_unwatch(tls->watch);
            tls->watch = NULL;
            return;
        }
        tls->connected = true;
        tls->connect_seconds = elapsed(tls);
    }
    tls_step(tls);
    if (tls->op.done) {
        loop_unwatch(tls->watch);
        tls->watch = NULL;
    }
}

static void tls_late(void *arg)
{
    struct tls_op *tls = arg;
    tls->timer = NULL;
    tls_fail(tls, "timeout",
             tls->connected ? "no end of the TLS handshake in time" : "no connection in time");
}

static void tls_release(struct op *op)
{
    struct tls_op *tls = (struct tls_op *)op;
    if (tls->watch)
        loop_unwatch(tls->watch);
    if (tls->timer)
        loop_timer_cancel(tls->timer);
    if (tls->session)
        tls->ssl->SSL_free(tls->session);
    if (tls->context)
        tls->ssl->SSL_CTX_free(tls->context);
    if (tls->fd >= 0)
        close(tls->fd);
    tls->watch = NULL;
    tls->timer = NULL;
    tls->session = NULL;
    tls->context = NULL;
    tls->fd = -1;
}

static void set_string(lua_State *L, const char *field, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, field);
}

static void push_facts(lua_State *L, const struct tls_op *tls)
{
    long result = tls->ssl->SSL_get_verify_result(tls->session);
    const STACK_OF(X509) *chain = tls->ssl->SSL_get_peer_cert_chain(tls->session);
    lua_createtable(L, 0, 16);
    lua_pushboolean(L, result == X509_V_OK);
    lua_setfield(L, -2, "verified");
    if (result != X509_V_OK) {
        set_string(L, "reason", certificate_reason(result));
        set_string(L, "reason_text", tls->crypto->X509_verify_cert_error_string(result));
    }
    set_string(L, "version", tls->ssl->SSL_get_version(tls->session));
    set_string(L, "cipher", tls->ssl->SSL_CIPHER_get_name(tls->ssl->SSL_get_current_cipher(tls->session)));
    lua_pushinteger(L, chain ? tls->crypto->OPENSSL_sk_num((const OPENSSL_STACK *)chain) : 0);
    lua_setfield(L, -2, "chain_length");
    lua_pushnumber(L, tls->connect_seconds);
    lua_setfield(L, -2, "connect_seconds");
    lua_pushnumber(L, tls->handshake_seconds);
    lua_setfield(L, -2, "handshake_seconds");
    X509 *certificate = tls->ssl->SSL_get1_peer_certificate(tls->session);
    if (certificate)
        certificate_push_facts(L, tls->crypto, certificate);
    tls->crypto->X509_free(certificate);
}

static int tls_finish(lua_State *L, struct op *op)
{
    struct tls_op *tls = (struct tls_op *)op;
    if (!tls->reason) {
        push_facts(L, tls);
        return 1;
    }
    lua_pushboolean(L, 0);
    lua_pushstring(L, tls->reason);
    lua_pushstring(L, tls->text);
    return 3;
}

static const struct op_class tls_class = {
    .name = "tls", .finish = tls_finish, .cancel = tls_release, .release = tls_release};

static const char *text_option(lua_State *L, const char *name)
{
    if (lua_isnoneornil(L, 3))
        return NULL;
    int type = lua_getfield(L, 3, name);
    if (type != LUA_TNIL && type != LUA_TSTRING)
        error_raise(L, "usage", "InvalidOption", "net.tls: %s must be a string", name);
    return lua_tostring(L, -1); /* stays on the stack */
}

/* Trust, expected name and server name; the peer may be untrusted, so the handshake goes on regardless. */
static bool prepare(lua_State *L, struct tls_op *tls, const char *ca_file, const char *name)
{
    const struct net_ssl_api *ssl = tls->ssl;
    struct endpoint literal;
    bool is_address = endpoint_parse(name, 0, &literal);
    tls->context = ssl->SSL_CTX_new(ssl->TLS_client_method());
    if (!tls->context)
        return false;
    if (ca_file && ssl->SSL_CTX_load_verify_file(tls->context, ca_file) != 1)
        error_raise(L, "usage", "CaFileUnusable", "net.tls: %s is no readable PEM file", ca_file);
    if (!ca_file)
        ssl->SSL_CTX_set_default_verify_paths(tls->context);
    ssl->SSL_CTX_ctrl(tls->context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
    tls->session = ssl->SSL_new(tls->context);
    if (!tls->session || ssl->SSL_set_fd(tls->session, tls->fd) != 1)
        return false;
    ssl->SSL_set_verify(tls->session, SSL_VERIFY_NONE, NULL);
    X509_VERIFY_PARAM *rules = ssl->SSL_get0_param(tls->session);
    tls->crypto->X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                            X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (is_address)
        return tls->crypto->X509_VERIFY_PARAM_set1_ip_asc(rules, name) == 1;
    return ssl->SSL_ctrl(tls->session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                         (void *)(uintptr_t)name) == 1 &&
           tls->crypto->X509_VERIFY_PARAM_set1_host(rules, name, 0) == 1;
}

/* tls(address, port, {sni=, ca_file=, timeout=}?) -> facts | false, reason, text */
int net_l_tls(lua_State *L)
{
    static const char *const names[] = {"timeout", "sni", "ca_file", NULL};
    struct endpoint remote;
    const char *why = NULL;
    lua_settop(L, 3);
    endpoint_check(L, "net.tls", &remote);
    endpoint_check_options(L, "net.tls", names);
    double timeout = endpoint_timeout(L, "net.tls");
    const char *ca_file = text_option(L, "ca_file");
    const char *name = text_option(L, "sni");
    struct tls_op *tls = op_new(L, sizeof *tls, &tls_class);
    tls->fd = -1;
    tls->ssl = net_ssl_api_load(&why);
    tls->crypto = tls->ssl ? net_crypto_api_load(&why) : NULL;
    if (!tls->crypto)
        return error_raise(L, "internal", "LibraryMissing", "net.tls: %s", why);
    tls->started = 0;
    tls->started = elapsed(tls);
    tls->fd = endpoint_connect(&remote, NULL);
    if (tls->fd < 0) {
        tls_fail(tls, endpoint_reason(-tls->fd), strerror(-tls->fd));
        return op_await(L, lua_gettop(L));
    }
    if (!prepare(L, tls, ca_file, name ? name : lua_tostring(L, 1)))
        return error_raise(L, "internal", "OutOfMemory", "net.tls: the TLS session cannot be prepared");
    tls->watch = loop_watch_fd(tls->op.rt->loop, tls->fd, POLLOUT, tls_ready, tls);
    tls->timer = loop_timer_start(tls->op.rt->loop, timeout, tls_late, tls);
    if (!tls->watch || !tls->timer)
        return error_raise(L, "internal", "OutOfMemory", "net.tls: out of memory");
    return op_await(L, lua_gettop(L));
}
