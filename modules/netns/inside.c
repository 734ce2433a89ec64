/* SPDX-License-Identifier: MIT
 * inside.c: what this process does inside a namespace it made: sockets, kernel parameters, files. */
#include "modules/netns/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Work done inside a namespace: returns 0 or more, or -1 with errno set. */
struct visit {
    int net_fd;
    int (*work)(const void *arg);
    const void *arg;
    int result;
    int error;
};

static void *visit_run(void *arg)
{
    struct visit *visit = arg;
    visit->result = setns(visit->net_fd, CLONE_NEWNET) == 0 ? visit->work(visit->arg) : -1;
    visit->error = errno;
    return NULL;
}

/* Runs `work` in a thread of its own that enters the namespace and ends there. The main thread never leaves
 * home: from inside a user namespace there would be no way back (setns(2): CAP_SYS_ADMIN over the target). */
static int visit(const struct netns *ns, int (*work)(const void *arg), const void *arg)
{
    struct visit visit = {.net_fd = ns->net_fd, .work = work, .arg = arg, .result = -1};
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the new thread inherits it: signals are the loop's */
    int error = pthread_create(&thread, NULL, visit_run, &visit);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        error = pthread_join(thread, NULL);
    errno = error != 0 ? error : visit.error;
    return error != 0 ? -1 : visit.result;
}

struct socket_request {
    int type;
    struct sockaddr_in address;
};

static int open_socket(const void *arg)
{
    const struct socket_request *request = arg;
    const int on = 1;
    int fd = socket(AF_INET, request->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (const struct sockaddr *)&request->address, sizeof request->address) == 0 &&
        (request->type != SOCK_STREAM || listen(fd, SOMAXCONN) == 0))
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int netns_socket(const struct netns *ns, int type, const char *address, uint16_t port,
                 struct netns_problem *problem)
{
    struct socket_request request = {.type = type};
    request.address.sin_family = AF_INET;
    request.address.sin_port = htons(port);
    if (inet_pton(AF_INET, address, &request.address.sin_addr) != 1)
        return problem_set(problem, 0, "\"%.60s\" is no IPv4 address", address);
    int fd = visit(ns, open_socket, &request);
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

struct sysctl_request {
    char path[256];
    const char *value;
};

/* /proc/sys/net shows the network namespace of the thread that opens it. */
static int write_sysctl(const void *arg)
{
    const struct sysctl_request *request = arg;
    int fd = open(request->path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, request->value, strlen(request->value));
    int error = errno;
    close(fd);
    errno = error;
    return n < 0 ? -1 : 0;
}

int netns_sysctl(const struct netns *ns, const char *name, const char *value, struct netns_problem *problem)
{
    struct sysctl_request request = {.value = value};
    if (sysctl_path(request.path, sizeof request.path, name) != 0)
        return problem_set(problem, 0, "\"%.100s\" is no kernel parameter of a network namespace (net.*)",
                           name);
    if (visit(ns, write_sysctl, &request) != 0)
        return problem_set(problem, errno, "set %.100s to \"%.40s\"", name, value);
    return 0;
}

struct links_request {
    const char *const *names;
    size_t count;
};

/* The number of links that run, or -1. */
static int count_running(const void *arg)
{
    const struct links_request *request = arg;
    int running = 0;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    for (size_t i = 0; i < request->count && running >= 0; i++) {
        struct ifreq link = {0};
        strncpy(link.ifr_name, request->names[i], sizeof link.ifr_name - 1);
        if (ioctl(fd, SIOCGIFFLAGS, &link) != 0)
            running = -1;
        else if (link.ifr_flags & IFF_RUNNING)
            running++;
    }
    int error = errno;
    close(fd);
    errno = error;
    return running;
}

int netns_links_running(const struct netns *ns, const char *const *names, size_t count,
                        struct netns_problem *problem)
{
    struct links_request request = {.names = names, .count = count};
    int running = visit(ns, count_running, &request);
    if (running < 0)
        return problem_set(problem, errno, "look at the links of the namespace");
    return (size_t)running == count;
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
