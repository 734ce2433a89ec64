/* SPDX-License-Identifier: MIT
 * child.h: a child process on the loop: pipes, exit through a pidfd, bounded output. */
#ifndef PEERWAY_CHILD_H
#define PEERWAY_CHILD_H

#include "runtime/task.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct loop_watch;
struct runtime;

struct child_stream {
    int fd; /* our end; -1: closed */
    struct loop_watch *watch;
    char *data;
    size_t size, capacity;
    bool overflowed; /* more than max_output came; the rest was dropped */
};

struct child_options {
    char **argv;           /* NULL-terminated; argv[0] is looked up in PATH */
    char **envp;           /* NULL-terminated */
    const char *cwd;       /* NULL: ours */
    const int *namespaces; /* descriptors for setns(2), in order, before exec */
    int namespace_count;
    const int *descriptors; /* stay open in the child, under their numbers */
    int descriptor_count;
    size_t max_output;   /* per stream, bytes */
    bool inherit_output; /* stdout and stderr are ours */
};

struct child {
    struct runtime *rt;
    pid_t pid; /* 0: not started or reaped */
    int pidfd;
    struct loop_watch *exit_watch;
    struct child_stream input, output, error;
    size_t input_sent;
    size_t max_output;
    int exit_code, exit_signal;
    struct gate done, activity;
};

/* Starts the program; 0, or an errno value with `*step` naming what failed ("exec", "setns", "chdir",
 * "fork", "pipe"). `child` is zeroed by the caller and must not move. */
int child_start(struct child *child, struct runtime *rt, const struct child_options *options,
                const char **step);
/* Gives standard input (copied) and closes it when all is written. False: out of memory. */
bool child_write(struct child *child, const char *data, size_t size);
void child_close_input(struct child *child);
/* Signals the child's process group. */
void child_kill(struct child *child, int number);
/* Kills it when it runs, reaps it, closes everything. Idempotent. */
void child_release(struct child *child);

#endif
