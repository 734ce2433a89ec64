/* SPDX-License-Identifier: MIT
 * main.c: the program; all it does is Lua from here on (runtime/lua/host.lua). */
#include "runtime/runtime.h"

#include <malloc.h>
#include <stdio.h>

/* glibc gives memory at the top of the heap back after every answer and takes it again for the next one: page
 * faults then cost more than the request itself (measured: 56 us against 23 us of CPU per HTTPS request). */
enum { KEPT_AT_TOP = 64 << 20, TAKEN_AT_ONCE = 1 << 20 };

int main(int argc, char **argv)
{
    mallopt(M_TRIM_THRESHOLD, KEPT_AT_TOP);
    mallopt(M_TOP_PAD, TAKEN_AT_ONCE);
    struct runtime *rt = runtime_new();
    if (!rt) {
        fputs("peerway: out of memory\n", stderr);
        return 1;
    }
    int code = runtime_run(rt, argc, argv);
    fflush(stdout);
    runtime_free(rt);
    return code;
}
