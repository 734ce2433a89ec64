/* SPDX-License-Identifier: MIT
 * fetch_process.c: credentials that a program prints (mode External): no shell, a clean environment, the
 * output read straight into the secure heap, one minute at most. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/cloud/config.h"
#include "modules/cloud/environment.h"
#include "modules/cloud/fetch_private.h"
#include "modules/cloud/sign.h"
#include "runtime/env.h"
#include "runtime/loop.h"
#include "runtime/runtime.h"

#define MAX_OUTPUT 65536
#define MAX_SECONDS 60.0
#define MAX_WORDS 64

extern char **environ;

void fetch_process_end(struct fetch *fetch)
{
    if (fetch->output_watch)
        loop_unwatch(fetch->output_watch);
    if (fetch->output_fd >= 0)
        close(fetch->output_fd);
    if (fetch->child > 0) {
        kill(-fetch->child, SIGKILL);
        while (waitpid(fetch->child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    fetch->output_watch = NULL;
    fetch->output_fd = -1;
    fetch->child = 0;
    secret_clear(&fetch->output);
}

static void fail(struct fetch *fetch, const char *code, const char *message)
{
    credential_problem(&fetch->problem, code, "run the command by hand: it must print a profile as JSON",
                       "the credential program \"%.*s\" %s", (int)strcspn(fetch->at->command, " \t"),
                       fetch->at->command, message);
    fetch_process_end(fetch);
    fetch_fail(fetch);
}

static void parse_output(struct fetch *fetch)
{
    struct config_profile p;
    const char *why;
    size_t offset;
    int64_t expires = 0;
    if (!config_parse_profile(fetch->output.data, fetch->output_size, &p, &why, &offset)) {
        fail(fetch, "MalformedAnswer", "did not print valid JSON");
        return;
    }
    if (!p.access_key_id.size || !p.access_key_secret.size) {
        fail(fetch, "MalformedAnswer", "printed no access_key_id or no access_key_secret");
        return;
    }
    if (p.expiration.size && !time_parse_iso8601(p.expiration, &expires)) {
        fail(fetch, "MalformedAnswer", "printed an expiration that is not like 2026-01-02T03:04:05Z");
        return;
    }
    bool ok = credential_set(&fetch->result, p.access_key_id, p.access_key_secret, p.sts_token, expires);
    fetch_process_end(fetch);
    if (ok) {
        fetch_succeed(fetch);
    } else {
        credential_problem(&fetch->problem, "OutOfMemory", "", "no secure memory for the credential");
        fetch_fail(fetch);
    }
}

/* The output has ended: the program should too. */
static void reap(struct fetch *fetch)
{
    int status;
    pid_t done = waitpid(fetch->child, &status, WNOHANG);
    if (done == 0) {
        fetch_later(fetch, 0.01, reap);
        return;
    }
    fetch->child = 0;
    if (done > 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        fail(fetch, "ProcessFailed", "ended with an error");
    else
        parse_output(fetch);
}

static void too_slow(struct fetch *fetch)
{
    fail(fetch, "ProcessTimeout", "did not end within 60 s");
}

static void readable(void *arg, int fd, short revents)
{
    struct fetch *fetch = arg;
    ssize_t n = read(fd, fetch->output.data + fetch->output_size, MAX_OUTPUT - fetch->output_size);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0) {
        fetch->output_size += (size_t)n;
        if (fetch->output_size == MAX_OUTPUT)
            fail(fetch, "MalformedAnswer", "printed more than 64 KiB");
        return;
    }
    loop_unwatch(fetch->output_watch);
    fetch->output_watch = NULL;
    fetch_later(fetch, 0, reap);
}

/* Splits at spaces, as the aliyun CLI does. The words live in `text`. */
static bool split_words(char *text, char *words[MAX_WORDS + 1])
{
    size_t count = 0;
    for (char *save, *word = strtok_r(text, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
        if (count == MAX_WORDS)
            return false;
        words[count++] = word;
    }
    words[count] = NULL;
    return count > 0;
}

static char **clean_environment(void)
{
    size_t count = 0, kept = 0;
    while (environ && environ[count])
        count++;
    char **copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        const char *equals = strchr(environ[i], '=');
        if (!equals || !env_is_secret(environ[i], (size_t)(equals - environ[i])))
            copy[kept++] = environ[i];
    }
    return copy;
}

static int spawn(struct fetch *fetch, char **words, int write_end)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t child = 0;
    char **environment = clean_environment();
    if (!environment)
        return ENOMEM;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, write_end, 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY,
                                     0); /* it may print what it should not */
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    int error = posix_spawnp(&child, words[0], &actions, &attributes, words, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free(environment);
    if (!error)
        fetch->child = child;
    return error;
}

static bool is_blocked(void)
{
    const char *value = environment_text("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS");
    return value &&
           (strcmp(value, "1") == 0 || environment_is_true("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"));
}

void fetch_process(struct fetch *fetch)
{
    char *words[MAX_WORDS + 1];
    int ends[2];
    if (is_blocked()) {
        fail(fetch, "ProcessBlocked", "may not run: ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS is set");
        return;
    }
    char *text = strdup(fetch->at->command);
    fetch->output.data = secret_alloc(MAX_OUTPUT + 1);
    fetch->output.size = fetch->output.data ? MAX_OUTPUT : 0;
    fetch->output_size = 0;
    if (!text || !fetch->output.data || !split_words(text, words) || pipe2(ends, O_CLOEXEC) != 0) {
        free(text);
        fail(fetch, "ProcessFailed", "cannot be started: no memory, no descriptors, or no words in it");
        return;
    }
    int error = spawn(fetch, words, ends[1]);
    close(ends[1]);
    free(text);
    fetch->output_fd = ends[0];
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    if (!error)
        fetch->output_watch = loop_watch_fd(fetch->rt->loop, ends[0], POLLIN, readable, fetch);
    if (fetch->output_watch)
        fetch_later(fetch, MAX_SECONDS, too_slow);
    else
        fail(fetch, "ProcessFailed", error ? strerror(error) : "cannot be watched: no memory");
}
