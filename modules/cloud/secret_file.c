/* SPDX-License-Identifier: MIT
 * secret_file.c: credential files: owner and mode checked on the opened file, read into the secure heap. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules/cloud/config.h"
#include "modules/cloud/environment.h"

#define MAX_SIZE (128 * 1024)

static bool check_file(const char *path, bool public, const struct stat *st, struct problem *problem)
{
    if (!S_ISREG(st->st_mode))
        return credential_problem(problem, "CredentialFileRefused", "", "%s is not a regular file", path);
    if (st->st_size > MAX_SIZE)
        return credential_problem(problem, "CredentialFileRefused", "", "%s is larger than 128 KiB", path);
    if (public)
        return true;
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return credential_problem(problem, "CredentialFileRefused", "use a file that belongs to you",
                                  "%s belongs to another user (uid %u)", path, (unsigned)st->st_uid);
    if (st->st_mode & 077)
        return credential_problem(problem, "CredentialFileRefused", "run: chmod 600 on that file",
                                  "%s may be read or written by others (mode %04o); it holds credentials",
                                  path, (unsigned)(st->st_mode & 07777));
    return true;
}

static bool read_all(int fd, const char *path, size_t size, struct secret *content, struct problem *problem)
{
    size_t done = 0;
    process_harden();
    secret_clear(content);
    content->data = secret_alloc(size + 1);
    if (!content->data)
        return credential_problem(problem, "OutOfMemory", "", "no secure memory to read %s", path);
    content->size = size;
    while (done < size) {
        ssize_t n = read(fd, content->data + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return credential_problem(problem, "CredentialFileUnreadable", "", "%s cannot be read: %s", path,
                                      strerror(errno));
        if (n == 0)
            break;
        done += (size_t)n;
    }
    content->size = done; /* shorter when somebody truncates it meanwhile */
    return true;
}

bool secret_file_read(const char *path, bool public, struct secret *content, bool *missing,
                      struct problem *problem)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (fd < 0)
        return *missing ? false
                        : credential_problem(problem, "CredentialFileUnreadable", "check its owner and mode",
                                             "%s cannot be opened: %s", path, strerror(errno));
    bool ok = fstat(fd, &st) == 0 && check_file(path, public, &st, problem) &&
              read_all(fd, path, (size_t)st.st_size, content, problem);
    close(fd);
    if (!ok)
        secret_clear(content);
    return ok;
}
