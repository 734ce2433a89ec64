/* SPDX-License-Identifier: MIT
 * internal.h: what the C files of module netns share. */
#ifndef PEERWAY_NETNS_INTERNAL_H
#define PEERWAY_NETNS_INTERNAL_H

#include "modules/netns/netns.h"

/* A step of the child that failed, as it is sent through the pipe to the parent. */
struct setup_report {
    int error;        /* errno; 0: done */
    int file;         /* index of the file concerned, or -1 */
    const char *step; /* static text of this program: parent and child share the image */
};

/* Runs in a child of fork: system calls only. Makes the namespaces and prepares the file system. */
struct setup_report setup_namespaces(int extra_flags, const char *host_name, const struct netns_file *files,
                                     size_t count);

/* Formats a failure: "<step>: <strerror>", and a hint where one helps. Returns -1. */
int problem_set(struct netns_problem *problem, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
