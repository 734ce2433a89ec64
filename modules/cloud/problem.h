/* SPDX-License-Identifier: MIT
 * problem.h: why credentials could not be had: code, sentence, next step; never with a secret in it. */
#ifndef PEERWAY_CLOUD_PROBLEM_H
#define PEERWAY_CLOUD_PROBLEM_H

#include <stdbool.h>

struct problem {
    const char *kind; /* error kind, a constant: "credentials", "network", "timeout", ...; NULL: no problem */
    char code[64];
    char message[1400];
    char hint[240];
};

/* Sets the problem; `message` is printf-like. Always returns false. */
__attribute__((format(printf, 4, 5))) bool credential_problem(struct problem *problem, const char *code,
                                                              const char *hint, const char *message, ...);

#endif
