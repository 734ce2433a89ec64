/* SPDX-License-Identifier: MIT
 * setup.c: what happens inside the child that becomes the first inhabitant of a namespace: system
 * calls only (the parent may have threads), no allocation, no stdio. */
#include "modules/netns/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/mount.h cannot be included beside sys/mount.h of glibc 2.36. */
struct mount_attributes {
    uint64_t attr_set;
    uint64_t attr_clr;
    uint64_t propagation;
    uint64_t userns_fd;
};
#define MOUNT_ATTRIBUTE_READ_ONLY 0x1
#define AT_WHOLE_TREE 0x8000 /* AT_RECURSIVE */
#define SYSCALL_MOUNT_SETATTR 442

static struct setup_report failed(const char *step, int file)
{
    return (struct setup_report){.error = errno, .file = file, .step = step};
}

static int write_whole(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

/* The content goes to a file of the private /tmp, which is bound over the target and then unlinked: the
 * mount keeps it alive, and the disk never sees it. */
static struct setup_report lay_over(const struct netns_file *file, int index)
{
    static const char source[] = "/tmp/.overlay";
    int fd = open(source, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return failed("create a private file", index);
    int bad = write_whole(fd, file->data, file->size) || fchmod(fd, 0644);
    close(fd);
    if (bad)
        return failed("write a private file", index);
    if (mount(source, file->path, NULL, MS_BIND, NULL) != 0)
        return failed("lay a private file over", index);
    if (unlink(source) != 0)
        return failed("unlink a private file", index);
    return (struct setup_report){.file = -1};
}

struct setup_report setup_namespaces(int extra_flags, const char *host_name, const struct netns_file *files,
                                     size_t count)
{
    const struct mount_attributes read_only = {.attr_set = MOUNT_ATTRIBUTE_READ_ONLY};
    if (unshare(extra_flags | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS) != 0)
        return failed("create the namespaces (unshare)", -1);
    if (sethostname(host_name, strlen(host_name)) != 0)
        return failed("set the host name", -1);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return failed("make mounts private", -1);
    if (syscall(SYSCALL_MOUNT_SETATTR, -1, "/", AT_WHOLE_TREE, &read_only, sizeof read_only) != 0)
        return failed("make the file system read-only (mount_setattr, Linux 5.12)", -1);
    if (mount("instance", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=64m") != 0)
        return failed("mount a private /tmp", -1);
    if (mount("instance", "/root", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700,size=64m") != 0)
        return failed("mount a private /root", -1);
    /* A name service cache of the host would answer lookups from outside the namespace. */
    if (mount("instance", "/run/nscd", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4k") != 0 &&
        errno != ENOENT)
        return failed("hide the host's name service cache", -1);
    for (size_t i = 0; i < count; i++) {
        struct setup_report report = lay_over(&files[i], (int)i);
        if (report.error != 0)
            return report;
    }
    return (struct setup_report){.file = -1};
}
