/* SPDX-License-Identifier: MIT
 * problem.c: formats credential problems. */
#include "modules/cloud/problem.h"

#include <stdarg.h>
#include <stdio.h>

bool credential_problem(struct problem *problem, const char *code, const char *hint, const char *message, ...)
{
    va_list arguments;
    problem->kind = "credentials";
    snprintf(problem->code, sizeof problem->code, "%s", code);
    snprintf(problem->hint, sizeof problem->hint, "%s", hint ? hint : "");
    va_start(arguments, message);
    vsnprintf(problem->message, sizeof problem->message, message, arguments);
    va_end(arguments);
    return false;
}
