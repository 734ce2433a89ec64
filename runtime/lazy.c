/* SPDX-License-Identifier: MIT
 * lazy.c: dlopen and dlsym behind lazy.h. */
#include "runtime/lazy.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

const char *lazy_load(const char *soname, const char *package, const struct lazy_symbol *symbols, void *api)
{
    static char problem[512];
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(problem, sizeof problem, "cannot load %s (%s); install it: apt-get install %s", soname,
                 dlerror(), package);
        return problem;
    }
    for (const struct lazy_symbol *symbol = symbols; symbol->name; symbol++) {
        void *address = dlsym(library, symbol->name);
        if (!address) {
            snprintf(problem, sizeof problem, "%s has no function %s; the Debian 12 package %s has it",
                     soname, symbol->name, package);
            return problem;
        }
        /* memcpy: ISO C has no conversion from object to function pointer. */
        memcpy((char *)api + symbol->offset, &address, sizeof address);
    }
    return NULL;
}
