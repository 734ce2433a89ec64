/* SPDX-License-Identifier: MIT
 * environment.c: secrets of the environment, taken once. The list is the process's, as the environment is. */
#include "modules/cloud/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "modules/cloud/secret.h"
#include "runtime/env.h"

extern char **environ;

struct taken {
    struct taken *next;
    struct secret secret;
    char name[];
};

static struct taken *taken_list;

static struct taken *find(const char *name)
{
    for (struct taken *taken = taken_list; taken; taken = taken->next)
        if (strcmp(taken->name, name) == 0)
            return taken;
    return NULL;
}

static bool keep(const char *name, size_t name_size, const char *value)
{
    struct taken *taken = calloc(1, sizeof *taken + name_size + 1);
    if (!taken || !secret_set(&taken->secret, value, strlen(value))) {
        free(taken);
        return false;
    }
    memcpy(taken->name, name, name_size);
    taken->next = taken_list;
    taken_list = taken;
    return true;
}

/* Copies the value, overwrites it where the kernel put it, and removes the variable. */
static bool take(char *entry)
{
    char *value = strchr(entry, '=');
    if (!value)
        return true;
    char name[256];
    size_t size = (size_t)(value - entry);
    value++;
    process_harden();
    bool kept = *value == 0 || keep(entry, size, value);
    explicit_bzero(value, strlen(value));
    if (size < sizeof name) {
        memcpy(name, entry, size);
        name[size] = 0;
        unsetenv(name);
    }
    return kept;
}

bool environment_take(void)
{
    bool all = true;
    for (size_t i = 0; environ && environ[i];) {
        char *entry = environ[i];
        const char *equals = strchr(entry, '=');
        size_t size = equals ? (size_t)(equals - entry) : strlen(entry);
        if (equals && size < 256 && env_is_secret(entry, size)) {
            all = take(entry) && all;
            if (environ && environ[i] != entry)
                continue; /* unsetenv moved the next entry here */
        }
        i++;
    }
    return all;
}

bool environment_secret(const char *name, struct slice *value)
{
    struct taken *taken = find(name);
    char *text = taken ? NULL : getenv(name);
    if (text && *text) {
        /* getenv gives the value; the entry begins with the name. */
        take(text - strlen(name) - 1);
        taken = find(name);
    }
    if (!taken)
        return false;
    *value = secret_slice(&taken->secret);
    return true;
}

void environment_forget(void)
{
    while (taken_list) {
        struct taken *gone = taken_list;
        taken_list = gone->next;
        secret_clear(&gone->secret);
        free(gone);
    }
}

const char *environment_text(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool environment_is_true(const char *name)
{
    const char *value = getenv(name);
    return value && strcasecmp(value, "true") == 0;
}

void process_harden(void)
{
    static bool done;
    const char *allow = getenv("PEERWAY_ALLOW_CORE");
    if (done)
        return;
    done = true;
    if (allow && strcmp(allow, "1") == 0) {
        fputs("peerway: PEERWAY_ALLOW_CORE=1: core dumps and debuggers may show the credentials\n", stderr);
        return;
    }
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, PROCESS_DUMPABLE, 0, 0, 0);
}
