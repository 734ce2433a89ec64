/* SPDX-License-Identifier: MIT
 * special_blocks.c: the tables. Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (date in
 * classify.h), RFC 5771 and RFC 4291 for multicast, the VPC documentation for the cloud's ranges. */
#include "modules/cidr/classify.h"

#include <stddef.h>

#define T CIDR_TRUE
#define F CIDR_FALSE
#define N CIDR_NOT_APPLICABLE

/* clang-format off */
const struct cidr_special cidr_special_blocks[] = {
    /* block                kind            name                                  RFC      src dst fwd glo res */
    {"0.0.0.0/8",           "this_network", "This network",                       "791",     T, F, F, F, T},
    {"0.0.0.0/32",          "unspecified",  "This host on this network",          "1122",    T, F, F, F, T},
    {"10.0.0.0/8",          "private",      "Private-Use",                        "1918",    T, T, T, F, F},
    {"100.64.0.0/10",       "shared",       "Shared Address Space",               "6598",    T, T, T, F, F},
    {"127.0.0.0/8",         "loopback",     "Loopback",                           "1122",    F, F, F, F, T},
    {"169.254.0.0/16",      "link_local",   "Link Local",                         "3927",    T, T, F, F, T},
    {"172.16.0.0/12",       "private",      "Private-Use",                        "1918",    T, T, T, F, F},
    {"192.0.0.0/24",        "protocol",     "IETF Protocol Assignments",          "6890",    F, F, F, F, F},
    {"192.0.0.0/29",        "protocol",     "IPv4 Service Continuity Prefix",     "7335",    T, T, T, F, F},
    {"192.0.0.8/32",        "protocol",     "IPv4 dummy address",                 "7600",    T, F, F, F, F},
    {"192.0.0.9/32",        "anycast",      "Port Control Protocol Anycast",      "7723",    T, T, T, T, F},
    {"192.0.0.10/32",       "anycast",      "Traversal Using Relays around NAT Anycast", "8155", T, T, T, T, F},
    {"192.0.0.170/32",      "protocol",     "NAT64/DNS64 Discovery",              "8880",    F, F, F, F, T},
    {"192.0.0.171/32",      "protocol",     "NAT64/DNS64 Discovery",              "8880",    F, F, F, F, T},
    {"192.0.2.0/24",        "documentation", "Documentation (TEST-NET-1)",        "5737",    F, F, F, F, F},
    {"192.31.196.0/24",     "anycast",      "AS112-v4",                           "7535",    T, T, T, T, F},
    {"192.52.193.0/24",     "anycast",      "AMT",                                "7450",    T, T, T, T, F},
    {"192.88.99.0/24",      "deprecated",   "Deprecated (6to4 Relay Anycast)",    "7526",    N, N, N, N, N},
    {"192.88.99.2/32",      "anycast",      "6a44-relay anycast address",         "6751",    T, T, T, F, F},
    {"192.168.0.0/16",      "private",      "Private-Use",                        "1918",    T, T, T, F, F},
    {"192.175.48.0/24",     "anycast",      "Direct Delegation AS112 Service",    "7534",    T, T, T, T, F},
    {"198.18.0.0/15",       "benchmarking", "Benchmarking",                       "2544",    T, T, T, F, F},
    {"198.51.100.0/24",     "documentation", "Documentation (TEST-NET-2)",        "5737",    F, F, F, F, F},
    {"203.0.113.0/24",      "documentation", "Documentation (TEST-NET-3)",        "5737",    F, F, F, F, F},
    {"224.0.0.0/4",         "multicast",    "Multicast",                          "5771",    F, T, N, N, F},
    {"240.0.0.0/4",         "reserved",     "Reserved",                           "1112",    F, F, F, F, T},
    {"255.255.255.255/32",  "broadcast",    "Limited Broadcast",                  "8190",    F, T, F, F, T},
    {"::1/128",             "loopback",     "Loopback Address",                   "4291",    F, F, F, F, T},
    {"::/128",              "unspecified",  "Unspecified Address",                "4291",    T, F, F, F, T},
    {"::ffff:0.0.0.0/96",   "mapped",       "IPv4-mapped Address",                "4291",    F, F, F, F, T},
    {"64:ff9b::/96",        "translation",  "IPv4-IPv6 Translat.",                "6052",    T, T, T, T, F},
    {"64:ff9b:1::/48",      "translation",  "IPv4-IPv6 Translat.",                "8215",    T, T, T, F, F},
    {"100::/64",            "discard",      "Discard-Only Address Block",         "6666",    T, T, T, F, F},
    {"100:0:0:1::/64",      "protocol",     "Dummy IPv6 Prefix",                  "9780",    T, F, F, F, F},
    {"2001::/23",           "protocol",     "IETF Protocol Assignments",          "2928",    F, F, F, F, F},
    {"2001::/32",           "teredo",       "TEREDO",                             "4380",    T, T, T, N, F},
    {"2001:1::1/128",       "anycast",      "Port Control Protocol Anycast",      "7723",    T, T, T, T, F},
    {"2001:1::2/128",       "anycast",      "Traversal Using Relays around NAT Anycast", "8155", T, T, T, T, F},
    {"2001:1::3/128",       "anycast",      "DNS-SD Service Registration Protocol Anycast", "9665", T, T, T, T, F},
    {"2001:2::/48",         "benchmarking", "Benchmarking",                       "5180",    T, T, T, F, F},
    {"2001:3::/32",         "anycast",      "AMT",                                "7450",    T, T, T, T, F},
    {"2001:4:112::/48",     "anycast",      "AS112-v6",                           "7535",    T, T, T, T, F},
    {"2001:10::/28",        "deprecated",   "Deprecated (previously ORCHID)",     "4843",    N, N, N, N, N},
    {"2001:20::/28",        "protocol",     "ORCHIDv2",                           "7343",    T, T, T, T, F},
    {"2001:30::/28",        "protocol",     "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "9374", T, T, T, T, F},
    {"2001:db8::/32",       "documentation", "Documentation",                     "3849",    F, F, F, F, F},
    {"2002::/16",           "6to4",         "6to4",                               "3056",    T, T, T, N, F},
    {"2620:4f:8000::/48",   "anycast",      "Direct Delegation AS112 Service",    "7534",    T, T, T, T, F},
    {"3fff::/20",           "documentation", "Documentation",                     "9637",    F, F, F, F, F},
    {"5f00::/16",           "protocol",     "Segment Routing (SRv6) SIDs",        "9602",    T, T, T, F, F},
    {"fc00::/7",            "private",      "Unique-Local",                       "4193",    T, T, T, F, F},
    {"fe80::/10",           "link_local",   "Link-Local Unicast",                 "4291",    T, T, F, F, T},
    {"ff00::/8",            "multicast",    "Multicast",                          "4291",    F, T, N, N, F},
    {NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0},
};

const struct cidr_cloud_block cidr_cloud_blocks[] = {
    {"100.64.0.0/10",      "cloud services",               CIDR_CLOUD_SERVICES | CIDR_CLOUD_FORBIDDEN},
    {"100.100.2.136/32",   "DNS server of every VPC",      CIDR_CLOUD_RESERVED},
    {"100.100.2.138/32",   "DNS server of every VPC",      CIDR_CLOUD_RESERVED},
    {"100.100.100.200/32", "instance metadata service",    CIDR_CLOUD_RESERVED},
    {"127.0.0.0/8",        "loopback",                     CIDR_CLOUD_FORBIDDEN},
    {"169.254.0.0/16",     "link local",                   CIDR_CLOUD_FORBIDDEN},
    {"224.0.0.0/4",        "multicast",                    CIDR_CLOUD_FORBIDDEN},
    {NULL, NULL, 0},
};
/* clang-format on */
