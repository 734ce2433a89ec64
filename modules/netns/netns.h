/* SPDX-License-Identifier: MIT
 * netns.h: Linux network namespaces (with mount and UTS namespace) that live by descriptors only.
 * Plain C, no Lua. All functions are called from the main thread; none waits longer than a fork. */
#ifndef PEERWAY_NETNS_H
#define PEERWAY_NETNS_H

#include <stddef.h>
#include <stdint.h>

/* How namespaces are made on this machine. */
enum netns_mode { NETNS_NONE = -1, NETNS_ROOT = 0, NETNS_USER = 1 };

/* What failed: the step, as text for people, and errno (0: no system call was to blame). */
struct netns_problem {
    char text[320];
    int error;
};

/* A file of the new mount namespace, laid over an existing one. `fd` is set by netns_create. */
struct netns_file {
    char *path;
    const char *data; /* only read by netns_create */
    size_t size;
    int fd; /* opened for writing; -1 before */
};

/* Zero-fill, then netns_create. Descriptors are close-on-exec, or -1. */
struct netns {
    int net_fd;
    int mount_fd;
    int uts_fd;
    struct netns_file *files; /* owned: allocated by the caller with malloc, freed by netns_close */
    size_t file_count;
};

/* Tries in a child what netns_create does. The caller's own namespaces do not change. */
enum netns_mode netns_available(struct netns_problem *problem);

/* Moves the process into a user namespace of its own, its user and group mapped to 0. Fails when the
 * process has more than one thread (unshare(2), EINVAL). 0 or -1. */
int netns_enter_user_namespace(struct netns_problem *problem);

/* Makes the three namespaces; file_count files of ns->files are laid over existing ones. 0 or -1; on
 * failure nothing is left open. */
int netns_create(struct netns *ns, const char *host_name, struct netns_problem *problem);

/* A socket inside the namespace: SOCK_STREAM (listening) or SOCK_DGRAM, bound to an IPv4 address,
 * non-blocking and close-on-exec. The descriptor, or -1. */
int netns_socket(const struct netns *ns, int type, const char *address, uint16_t port,
                 struct netns_problem *problem);

/* Writes a kernel parameter given in dots ("net.ipv4.ip_forward"); only "net." ones belong to the
 * namespace, others are refused. 0 or -1. */
int netns_sysctl(const struct netns *ns, const char *name, const char *value, struct netns_problem *problem);

/* Are these links of the namespace ready to carry packets? After "link set up" the kernel makes them so a
 * little later (its link watch); what is sent before is lost. 1, 0, or -1 when a link does not exist. */
int netns_links_running(const struct netns *ns, const char *const *names, size_t count,
                        struct netns_problem *problem);

/* Replaces the content of a file that netns_create laid over another. 0 or -1. */
int netns_write(const struct netns *ns, const char *path, const char *data, size_t size,
                struct netns_problem *problem);

/* Closes the descriptors and frees the files. Idempotent. */
void netns_close(struct netns *ns);

#endif
