/* SPDX-License-Identifier: MIT
 * json_build.c: what lua-cjson calls instead of three functions of the Lua API while it decodes. */
#include "modules/json/json_build.h"
#include "modules/json/json.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdlib.h>

/* Doubles hold every integer up to here. */
#define DOUBLE_EXACT 9007199254740992.0
#define INTEGER_DIGITS 512 /* the scan accepts no longer ones */

/* The text being decoded; lua-cjson hands nothing through to the functions that it calls. */
static struct {
    const char *text;
    const struct json_shape *shape; /* NULL: none is being decoded */
    size_t containers, numbers, long_integers;
    bool keep_null;
} building;

void json_build_begin(const char *text, const struct json_shape *shape, bool keep_null)
{
    building.text = text;
    building.shape = shape;
    building.containers = building.numbers = building.long_integers = 0;
    building.keep_null = keep_null;
}

void json_build_end(void)
{
    building.shape = NULL;
}

void json_build_table(lua_State *L, int array_size, int record_size)
{
    const struct json_shape *shape = building.shape;
    if (!shape || building.containers >= shape->container_count) {
        lua_createtable(L, array_size, record_size);
        return;
    }
    struct json_container container = shape->containers[building.containers++];
    int members = container.members > INT32_MAX ? INT32_MAX : (int)container.members;
    lua_createtable(L, container.array ? members : 0, container.array ? 0 : members);
    if (container.array)
        luaL_setmetatable(L, JSON_ARRAY);
}

/* Digits without point and exponent, as the scan saw them. */
static void push_digits(lua_State *L, const char *digits)
{
    char copy[INTEGER_DIGITS + 2];
    size_t size = 0;
    while (size < sizeof copy - 1 && (digits[size] == '-' || (digits[size] >= '0' && digits[size] <= '9'))) {
        copy[size] = digits[size];
        size++;
    }
    copy[size] = '\0';
    errno = 0;
    long long value = strtoll(copy, NULL, 10);
    if (errno == ERANGE)
        lua_pushlstring(L, copy, size);
    else
        lua_pushinteger(L, value);
}

void json_build_number(lua_State *L, lua_Number number)
{
    const struct json_shape *shape = building.shape;
    lua_Integer integer;
    size_t index = building.numbers++;
    if (shape && building.long_integers < shape->long_count &&
        shape->long_integers[building.long_integers].number == index) {
        push_digits(L, building.text + shape->long_integers[building.long_integers++].offset);
        return;
    }
    if (number >= -DOUBLE_EXACT && number <= DOUBLE_EXACT && lua_numbertointeger(number, &integer) &&
        (lua_Number)integer == number)
        lua_pushinteger(L, integer);
    else
        lua_pushnumber(L, number);
}

void json_build_field(lua_State *L, int index)
{
    if (building.shape && !building.keep_null && lua_islightuserdata(L, -1))
        lua_pop(L, 2);
    else
        lua_rawset(L, index);
}
