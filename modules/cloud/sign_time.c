/* SPDX-License-Identifier: MIT
 * sign_time.c: the two date formats of the cloud, without locale and without time zones. */
#include <stdio.h>

#include "modules/cloud/sign.h"

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char day_names[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */

struct civil {
    int64_t year;
    unsigned month, day, hour, minute, second, weekday; /* month from 1; weekday 0: Thursday */
};

/* Days since 1970-01-01 of a date of the Gregorian calendar (years begin in March, so that the leap
 * day is the last of its year). */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int64_t)day_of_era - 719468;
}

static struct civil civil_of(int64_t time)
{
    int64_t days = time / 86400;
    int64_t rest = time % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    struct civil c = {.hour = (unsigned)(rest / 3600),
                      .minute = (unsigned)(rest / 60 % 60),
                      .second = (unsigned)(rest % 60),
                      .weekday = (unsigned)((days % 7 + 7) % 7)};
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    c.day = doy - (153 * mp + 2) / 5 + 1;
    c.month = mp < 10 ? mp + 3 : mp - 9;
    c.year = (int64_t)yoe + era * 400 + (c.month <= 2);
    return c;
}

static char *put_digits(char *p, unsigned value, unsigned digits)
{
    for (unsigned i = digits; i > 0; i--) {
        p[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return p + digits;
}

static char *put_clock(char *p, const struct civil *c)
{
    p = put_digits(p, c->hour, 2);
    *p++ = ':';
    p = put_digits(p, c->minute, 2);
    *p++ = ':';
    return put_digits(p, c->second, 2);
}

void time_iso8601(int64_t time, char text[ISO8601_SIZE])
{
    struct civil c = civil_of(time);
    char *p = put_digits(text, (unsigned)(c.year % 10000), 4);
    *p++ = '-';
    p = put_digits(p, c.month, 2);
    *p++ = '-';
    p = put_digits(p, c.day, 2);
    *p++ = 'T';
    p = put_clock(p, &c);
    *p++ = 'Z';
    *p = 0;
}

void time_rfc1123(int64_t time, char text[RFC1123_SIZE])
{
    struct civil c = civil_of(time);
    memcpy(text, day_names + 3 * c.weekday, 3);
    char *p = text + 3;
    *p++ = ',';
    *p++ = ' ';
    p = put_digits(p, c.day, 2);
    *p++ = ' ';
    memcpy(p, month_names + 3 * (c.month - 1), 3);
    p += 3;
    *p++ = ' ';
    p = put_digits(p, (unsigned)(c.year % 10000), 4);
    *p++ = ' ';
    p = put_clock(p, &c);
    memcpy(p, " GMT", 5);
}

/* Reads `digits` digits at `at`; -1 when one is none. */
static int take_digits(struct slice text, size_t at, unsigned digits)
{
    int value = 0;
    for (unsigned i = 0; i < digits; i++) {
        char c = text.data[at + i];
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

static bool compose(int year, int month, int day, int hour, int minute, int second, int64_t *time)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1] || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    *time = days_of(year, (unsigned)month, (unsigned)day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

bool time_parse_iso8601(struct slice text, int64_t *time)
{
    if (text.size != 20 || text.data[4] != '-' || text.data[7] != '-' || text.data[10] != 'T' ||
        text.data[13] != ':' || text.data[16] != ':' || text.data[19] != 'Z')
        return false;
    return compose(take_digits(text, 0, 4), take_digits(text, 5, 2), take_digits(text, 8, 2),
                   take_digits(text, 11, 2), take_digits(text, 14, 2), take_digits(text, 17, 2), time);
}

bool time_parse_rfc1123(struct slice text, int64_t *time)
{
    if (text.size != 29 || memcmp(text.data + 25, " GMT", 4) != 0 || text.data[3] != ',' ||
        text.data[19] != ':' || text.data[22] != ':')
        return false;
    int month = 0;
    while (month < 12 && memcmp(month_names + 3 * month, text.data + 8, 3) != 0)
        month++;
    return compose(take_digits(text, 12, 4), month + 1, take_digits(text, 5, 2), take_digits(text, 17, 2),
                   take_digits(text, 20, 2), take_digits(text, 23, 2), time);
}
