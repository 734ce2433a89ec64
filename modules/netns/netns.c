/* SPDX-License-Identifier: MIT
 * netns.c: creates namespaces through a short-lived child and keeps them by descriptors. Nothing is
 * ever mounted or written outside, so a killed process leaves nothing behind. */
#include "modules/netns/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int problem_set(struct netns_problem *problem, int error, const char *format, ...)
{
    char step[200];
    va_list args;
    va_start(args, format);
    vsnprintf(step, sizeof step, format, args);
    va_end(args);
    problem->error = error;
    if (error != 0)
        snprintf(problem->text, sizeof problem->text, "%s: %s", step, strerror(error));
    else
        snprintf(problem->text, sizeof problem->text, "%s", step);
    return -1;
}

static void close_descriptor(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* --- the child that makes the namespaces ------------------------------------------------------- */

struct inhabitant {
    pid_t pid;
    int release; /* write end; closing it lets the child end */
};

/* The child's life: make the namespaces, report, stay until the parent has opened them. */
static void inhabitant_live(int done, int release, int flags, const char *host_name,
                            const struct netns_file *files, size_t count)
{
    char end;
    struct setup_report report = setup_namespaces(flags, host_name, files, count);
    if (write(done, &report, sizeof report) == (ssize_t)sizeof report)
        while (read(release, &end, 1) < 0 && errno == EINTR)
            ;
    _exit(0);
}

/* Waits for the report; a child that died without one reports ECHILD. */
static struct setup_report inhabitant_report(int done)
{
    struct setup_report report;
    ssize_t got;
    do
        got = read(done, &report, sizeof report);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof report)
        report = (struct setup_report){.error = ECHILD, .file = -1, .step = "prepare namespaces in a child"};
    return report;
}

/* Forks and waits for the report. Always to be followed by inhabitant_end. */
static struct setup_report inhabitant_start(struct inhabitant *child, int flags, const char *host_name,
                                            const struct netns_file *files, size_t count)
{
    struct setup_report report = {.file = -1, .step = "start a child"};
    int done[2] = {-1, -1}, release[2] = {-1, -1};
    *child = (struct inhabitant){.pid = -1, .release = -1};
    if (pipe2(done, O_CLOEXEC) != 0 || pipe2(release, O_CLOEXEC) != 0 || (child->pid = fork()) < 0) {
        report.error = errno;
    } else if (child->pid == 0) {
        close(done[0]);
        close(release[1]);
        /* A process that holds credentials is undumpable, and then /proc/PID/ns of its child belongs to the
         * real root. The child lives for milliseconds, runs no program and ends with the set-up. */
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        inhabitant_live(done[1], release[0], flags, host_name, files, count);
    }
    close_descriptor(&done[1]);
    close_descriptor(&release[0]);
    child->release = release[1];
    if (report.error == 0)
        report = inhabitant_report(done[0]);
    close_descriptor(&done[0]);
    return report;
}

static void inhabitant_end(struct inhabitant *child)
{
    close_descriptor(&child->release);
    if (child->pid > 0)
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    child->pid = -1;
}

/* --- may we, and as whom ------------------------------------------------------------------------ */

static int try_setup(int flags, struct netns_problem *problem)
{
    struct inhabitant child;
    struct setup_report report = inhabitant_start(&child, flags, "probe", NULL, 0);
    inhabitant_end(&child);
    if (report.error != 0)
        return problem_set(problem, report.error, "%s", report.step);
    if (access("/proc/sys/net/ipv4/ip_forward", W_OK) != 0 && errno == EROFS)
        return problem_set(problem, EROFS, "set kernel parameters (/proc/sys is mounted read-only)");
    return 0;
}

enum netns_mode netns_available(struct netns_problem *problem)
{
    struct netns_problem root;
    if (try_setup(0, &root) == 0)
        return NETNS_ROOT;
    if (try_setup(CLONE_NEWUSER, problem) == 0)
        return NETNS_USER;
    if (geteuid() == 0)
        problem_set(
            problem, 0,
            "%s, although root: the container lacks CAP_SYS_ADMIN; start it privileged, or allow user "
            "namespaces",
            root.text);
    else if (problem->error == EPERM || problem->error == ENOSPC)
        problem_set(
            problem, 0,
            "%.120s; run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
            "user.max_user_namespaces>0)",
            root.text);
    return NETNS_NONE;
}

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

static int count_threads(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL)
        return -1;
    for (const struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks))
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

static int write_maps(const char *uid_map, const char *gid_map, struct netns_problem *problem)
{
    if (write_text("/proc/self/setgroups", "deny") != 0 && errno != ENOENT)
        return problem_set(problem, errno, "write /proc/self/setgroups");
    if (write_text("/proc/self/uid_map", uid_map) != 0)
        return problem_set(problem, errno, "write /proc/self/uid_map");
    if (write_text("/proc/self/gid_map", gid_map) != 0)
        return problem_set(problem, errno, "write /proc/self/gid_map");
    return 0;
}

int netns_enter_user_namespace(struct netns_problem *problem)
{
    char uid_map[40], gid_map[40];
    snprintf(uid_map, sizeof uid_map, "0 %u 1", (unsigned)geteuid());
    snprintf(gid_map, sizeof gid_map, "0 %u 1", (unsigned)getegid());
    int threads = count_threads();
    if (threads > 1)
        return problem_set(
            problem, 0,
            "enter a user namespace: the process has %d threads and must have one; create the first "
            "namespace earlier, or run as root",
            threads);
    if (unshare(CLONE_NEWUSER) != 0)
        return problem_set(problem, errno, "enter a user namespace (unshare)");
    /* The maps of an undumpable process (one that holds credentials) belong to the real root: dumpable for
     * these three writes. RLIMIT_CORE stays 0, so no core is written meanwhile. */
    int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    int failed = write_maps(uid_map, gid_map, problem);
    prctl(PR_SET_DUMPABLE, dumpable == 1, 0, 0, 0);
    return failed;
}

/* --- create and close --------------------------------------------------------------------------- */

static int open_of(pid_t pid, const char *name, int flags)
{
    char path[4200];
    int n = snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, flags | O_CLOEXEC);
}

static int open_all(struct netns *ns, pid_t pid, struct netns_problem *problem)
{
    ns->net_fd = open_of(pid, "ns/net", O_RDONLY);
    ns->mount_fd = open_of(pid, "ns/mnt", O_RDONLY);
    ns->uts_fd = open_of(pid, "ns/uts", O_RDONLY);
    if (ns->net_fd < 0 || ns->mount_fd < 0 || ns->uts_fd < 0)
        return problem_set(problem, errno, "open the namespaces of a child");
    for (size_t i = 0; i < ns->file_count; i++) {
        char name[4160];
        snprintf(name, sizeof name, "root%s", ns->files[i].path);
        ns->files[i].fd = open_of(pid, name, O_WRONLY);
        if (ns->files[i].fd < 0)
            return problem_set(problem, errno, "open %.120s of a new namespace", ns->files[i].path);
    }
    return 0;
}

int netns_create(struct netns *ns, const char *host_name, struct netns_problem *problem)
{
    struct inhabitant child;
    int result;
    ns->net_fd = ns->mount_fd = ns->uts_fd = -1;
    for (size_t i = 0; i < ns->file_count; i++)
        ns->files[i].fd = -1;
    struct setup_report report = inhabitant_start(&child, 0, host_name, ns->files, ns->file_count);
    if (report.error != 0 && report.file >= 0)
        result = problem_set(problem, report.error, "%s %.120s", report.step, ns->files[report.file].path);
    else if (report.error != 0)
        result = problem_set(problem, report.error, "%s", report.step);
    else
        result = open_all(ns, child.pid, problem);
    inhabitant_end(&child);
    if (result != 0)
        netns_close(ns);
    return result;
}

void netns_close(struct netns *ns)
{
    close_descriptor(&ns->net_fd);
    close_descriptor(&ns->mount_fd);
    close_descriptor(&ns->uts_fd);
    for (size_t i = 0; i < ns->file_count; i++) {
        close_descriptor(&ns->files[i].fd);
        free(ns->files[i].path);
    }
    free(ns->files);
    ns->files = NULL;
    ns->file_count = 0;
}
