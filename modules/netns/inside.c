/* SPDX-License-Identifier: MIT
 * inside.c: what this process does inside a namespace it made: sockets, kernel parameters, files.
 * A thread is in the namespace only between visit_begin and visit_end. */
#include "modules/netns/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Moves this thread into the namespace; returns the descriptor of the way back, or -1. */
static int visit_begin(const struct netns *ns)
{
    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0)
        return -1;
    if (setns(ns->net_fd, CLONE_NEWNET) == 0)
        return home;
    int error = errno;
    close(home);
    errno = error;
    return -1;
}

/* Keeps errno. Staying in a foreign network would send later traffic astray: better no process at all. */
static void visit_end(int home)
{
    int error = errno;
    if (setns(home, CLONE_NEWNET) != 0) {
        perror("netns: cannot return to the network namespace of the process");
        abort();
    }
    close(home);
    errno = error;
}

static int open_socket(int type, const struct sockaddr_in *address)
{
    const int on = 1;
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (const struct sockaddr *)address, sizeof *address) == 0 &&
        (type != SOCK_STREAM || listen(fd, SOMAXCONN) == 0))
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int netns_socket(const struct netns *ns, int type, const char *address, uint16_t port,
                 struct netns_problem *problem)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, address, &where.sin_addr) != 1)
        return problem_set(problem, 0, "\"%.60s\" is no IPv4 address", address);
    int home = visit_begin(ns);
    if (home < 0)
        return problem_set(problem, errno, "enter the namespace");
    int fd = open_socket(type, &where);
    visit_end(home);
    if (fd < 0)
        return problem_set(problem, errno, "%s %s:%u in the namespace",
                           type == SOCK_STREAM ? "listen on" : "bind", address, (unsigned)port);
    return fd;
}

/* "net.ipv4.ip_forward" -> "/proc/sys/net/ipv4/ip_forward"; -1 for anything outside net. or with a slash. */
static int sysctl_path(char *path, size_t size, const char *name)
{
    static const char prefix[] = "/proc/sys/";
    if (strncmp(name, "net.", 4) != 0 || strchr(name, '/') != NULL || strstr(name, "..") != NULL ||
        strlen(name) + sizeof prefix > size)
        return -1;
    snprintf(path, size, "%s%s", prefix, name);
    for (char *p = path + sizeof prefix - 1; *p != 0; p++)
        if (*p == '.')
            *p = '/';
    return 0;
}

int netns_sysctl(const struct netns *ns, const char *name, const char *value, struct netns_problem *problem)
{
    char path[256];
    if (sysctl_path(path, sizeof path, name) != 0)
        return problem_set(problem, 0, "\"%.100s\" is no kernel parameter of a network namespace (net.*)",
                           name);
    int home = visit_begin(ns);
    if (home < 0)
        return problem_set(problem, errno, "enter the namespace");
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, value, strlen(value));
    visit_end(home);
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return problem_set(problem, error, "set %.100s to \"%.40s\"", name, value);
    return 0;
}

int netns_write(const struct netns *ns, const char *path, const char *data, size_t size,
                struct netns_problem *problem)
{
    for (size_t i = 0; i < ns->file_count; i++) {
        int fd = ns->files[i].fd;
        if (strcmp(ns->files[i].path, path) != 0)
            continue;
        for (size_t at = 0; at < size;) {
            ssize_t n = pwrite(fd, data + at, size - at, (off_t)at);
            if (n < 0 && errno != EINTR)
                return problem_set(problem, errno, "write %.120s", path);
            if (n > 0)
                at += (size_t)n;
        }
        if (ftruncate(fd, (off_t)size) != 0)
            return problem_set(problem, errno, "shorten %.120s", path);
        return 0;
    }
    return problem_set(problem, 0, "%.120s was not among the files given when the namespace was made", path);
}
