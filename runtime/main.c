/* SPDX-License-Identifier: MIT
 * main.c: the program; all it does is Lua from here on (runtime/lua/host.lua). */
#include "runtime/runtime.h"

#include <stdio.h>

int main(int argc, char **argv)
{
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
