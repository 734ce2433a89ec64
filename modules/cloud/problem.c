/* SPDX-License-Identifier: MIT
 * problem.c: formats credential problems. */
#include "modules/cloud/problem.h"

#include <stdarg.h>
#include <stdio.h>

bool credential_problem(struct problem *problem, const char *code, const char *hint, const char *message, ...)
{
    problem->kind = "credentials";
    snprintf(problem->code, sizeof problem->code, "%s", code);
    snprintf(problem->hint, sizeof problem->hint, "%s", hint ? hint : "");
    va_list arguments;
    va_start(arguments, message);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start */
    vsnprintf(problem->message, sizeof problem->message, message, arguments);
    va_end(arguments);
    return false;
}
