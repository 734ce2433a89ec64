/* SPDX-License-Identifier: MIT
 * rdata.h: how the data of a type is laid out; shared by decoder and builder. */
#ifndef PEERWAY_DNS_RDATA_H
#define PEERWAY_DNS_RDATA_H

#include "modules/dns/wire.h"

enum dns_shape {
    DNS_SHAPE_RAW = 0,
    DNS_SHAPE_ADDRESS4,
    DNS_SHAPE_ADDRESS6,
    DNS_SHAPE_NAME,
    DNS_SHAPE_SOA,
    DNS_SHAPE_MX,
    DNS_SHAPE_SRV,
    DNS_SHAPE_TEXT,
    DNS_SHAPE_CAA,
};

/* The layout of a type's data; DNS_SHAPE_RAW when there is no decoder. */
enum dns_shape dns_shape_of(uint16_t type);

#endif
