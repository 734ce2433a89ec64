/* SPDX-License-Identifier: MIT
 * as_http.h: a signed request in the form in which the http module takes it. */
#ifndef PEERWAY_CLOUD_AS_HTTP_H
#define PEERWAY_CLOUD_AS_HTTP_H

#include "modules/cloud/sign.h"
#include "modules/http/http.h"

/* Method, URL, headers and body of what was built from `request`, pointing into `built` and into `arena`;
 * everything that is no part of the signed message is the caller's. False: out of memory. */
bool as_http(const struct sign_request *request, const struct signed_request *built, bool plain,
             struct arena *arena, struct http_request *http);

#endif
