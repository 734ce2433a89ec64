/* SPDX-License-Identifier: MIT
 * cidr_bench.c: the parts of the cidr benchmark that want C: test data, timing of whole programs, and
 * longest-prefix match without Lua. tests/bench/cidr_bench.sh runs it. */
#include "modules/cidr/overlap.h"
#include "modules/cidr/prefix_set.h"
#include "modules/cidr/route_table.h"
#include "modules/cidr/format.h"
#include "modules/cidr/set_free.h"
#include "tests/unit/test_cidr_random.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Half single addresses, a quarter /24, a quarter /18 to /31, anywhere. */
static struct cidr_prefix random_line(uint64_t *seed)
{
    struct cidr_address a = cidr_address_of(4, random_bits(seed) >> 32);
    unsigned kind = random_below(seed, 4);
    return cidr_prefix_of(a, kind < 2 ? 32 : kind == 2 ? 24 : 18 + random_below(seed, 14));
}

/* Long prefixes inside 64 blocks of /16. */
static struct cidr_prefix clustered_line(uint64_t *seed)
{
    static const unsigned char lengths[8] = {32, 32, 32, 32, 31, 30, 29, 28};
    uint64_t block = 77 + random_below(seed, 64), top = (block * 0x9e3779b97f4a7c15ULL) >> 48;
    struct cidr_address a = cidr_address_of(4, top << 16 | random_bits(seed) >> 48);
    return cidr_prefix_of(a, lengths[random_below(seed, 8)]);
}

/* As random_line, in 2000::/3: half /64, a quarter /48, a quarter /32 to /63. */
static struct cidr_prefix random6_line(uint64_t *seed)
{
    uint64_t hi = random_bits(seed) >> 3 | 1ULL << 61;
    struct cidr_address a = cidr_address_of(6, (cidr_u128)hi << 64);
    unsigned kind = random_below(seed, 4);
    return cidr_prefix_of(a, kind < 2 ? 64 : kind == 2 ? 48 : 32 + random_below(seed, 32));
}

/* The lengths of the Internet's table: mostly /24, below blocks that were given out. */
static struct cidr_prefix table_line(uint64_t *seed)
{
    uint64_t block = random_below(seed, 12000) * 0x9e3779b97f4a7c15ULL >> 50;
    uint64_t value = (1 + block % 14000) << 18 | random_bits(seed) >> 46;
    unsigned kind = random_below(seed, 100);
    return cidr_prefix_of(cidr_address_of(4, value & UINT32_MAX), kind < 60   ? 24
                                                                  : kind < 95 ? 16 + random_below(seed, 8)
                                                                              : 8 + random_below(seed, 9));
}

typedef struct cidr_prefix (*line_maker)(uint64_t *seed);

static line_maker maker_of(const char *kind)
{
    return strcmp(kind, "random") == 0      ? random_line
           : strcmp(kind, "clustered") == 0 ? clustered_line
           : strcmp(kind, "random6") == 0   ? random6_line
                                            : table_line;
}

static int generate(const char *kind, const char *count, const char *seed_text)
{
    uint64_t seed = strtoull(seed_text, NULL, 10);
    line_maker make = maker_of(kind);
    for (long i = atol(count); i > 0; i--) {
        char text[CIDR_PREFIX_MAX];
        cidr_format_prefix(make(&seed), text);
        puts(text);
    }
    return 0;
}

/* Runs argv with stdout to /dev/null; seconds of wall time, *memory the peak in KiB. */
static double run_once(char *const argv[], long *memory)
{
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    int status;
    pid_t child;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    double start = now();
    int error = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error || wait4(child, &status, 0, &usage) < 0 || status != 0) {
        fprintf(stderr, "cidr_bench: %s failed\n", argv[0]);
        exit(1);
    }
    if (usage.ru_maxrss > *memory)
        *memory = usage.ru_maxrss;
    return now() - start;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

#define RUNS 7

/* Programs in turn, RUNS times, so that noise hits all alike. Arguments: a label, then the programs, each
 * ending with "--". Ratios are of the medians to the first program. */
static int compare_programs(int argc, char **argv)
{
    char **programs[8];
    double times[8][RUNS];
    long memory[8] = {0};
    int count = 0;
    for (int i = 1, start = 1; i < argc && count < 8; i++) {
        if (strcmp(argv[i], "--") == 0) {
            argv[i] = NULL;
            programs[count++] = &argv[start];
            start = i + 1;
        }
    }
    for (int run = 0; run < RUNS; run++) {
        for (int p = 0; p < count; p++)
            times[p][run] = run_once(programs[p], &memory[p]);
    }
    for (int p = 0; p < count; p++) {
        qsort(times[p], RUNS, sizeof(double), compare_doubles);
        const char *name = strrchr(programs[p][0], '/') ? strrchr(programs[p][0], '/') + 1 : programs[p][0];
        printf("%-24s %-16s best %.3f s  median %.3f s  %5.1f MiB", p ? "" : argv[0], name, times[p][0],
               times[p][RUNS / 2], (double)memory[p] / 1024);
        if (p > 0)
            printf("   ours is %.1fx as fast (best: %.1fx)", times[p][RUNS / 2] / times[0][RUNS / 2],
                   times[p][0] / times[0][0]);
        printf("\n");
    }
    return 0;
}

#define LOOKUPS (1 << 20)

static double lookup4_time(const struct cidr_table *table, uint64_t *seed)
{
    uint32_t *addresses = malloc(LOOKUPS * sizeof *addresses), *values = malloc(LOOKUPS * sizeof *values);
    double best = 1e9;
    for (size_t i = 0; i < LOOKUPS; i++)
        addresses[i] = (uint32_t)random_bits(seed);
    for (int run = 0; run < 9; run++) {
        double start = now();
        cidr_table_lookup4(table, addresses, LOOKUPS, values);
        double time = now() - start;
        best = time < best ? time : best;
    }
    free(addresses);
    free(values);
    return best / LOOKUPS * 1e9;
}

/* Addresses inside the prefixes: the longest way down. */
static double lookup6_time(const struct cidr_table *table, const struct cidr_prefix *inside, size_t count,
                           uint64_t *seed)
{
    struct cidr_key *addresses = malloc(LOOKUPS * sizeof *addresses);
    uint32_t *values = malloc(LOOKUPS * sizeof *values);
    double best = 1e9;
    for (size_t i = 0; i < LOOKUPS; i++) {
        struct cidr_prefix p = inside[random_below(seed, (unsigned)count)];
        addresses[i].hi = p.hi | (uint64_t)(cidr_host_mask(6, p.length) >> 64 & random_bits(seed));
        addresses[i].lo = random_bits(seed);
    }
    for (int run = 0; run < 9; run++) {
        double start = now();
        cidr_table_lookup6(table, addresses, LOOKUPS, values);
        double time = now() - start;
        best = time < best ? time : best;
    }
    free(addresses);
    free(values);
    return best / LOOKUPS * 1e9;
}

static void bench_table(const char *kind, size_t count)
{
    struct cidr_table table;
    uint64_t seed = 5;
    uint32_t old;
    struct cidr_prefix *prefixes = malloc(count * sizeof *prefixes);
    for (size_t i = 0; i < count; i++)
        prefixes[i] = maker_of(kind)(&seed);
    cidr_table_init(&table);
    double start = now();
    for (size_t i = 0; i < count; i++)
        cidr_table_insert(&table, prefixes[i], (uint32_t)i % 100, &old);
    double build = now() - start;
    double time =
        prefixes[0].family == 4 ? lookup4_time(&table, &seed) : lookup6_time(&table, prefixes, count, &seed);
    printf("%-10s %8zu entries: %5.1f ns a lookup, built in %.3f s, %.1f MiB\n", kind,
           cidr_table_count(&table), time, build, (double)cidr_table_memory(&table) / (1 << 20));
    cidr_table_free(&table);
    free(prefixes);
}

static void bench_overlap(void)
{
    size_t count = 100000, pairs;
    uint64_t seed = 9;
    struct cidr_prefix *blocks = malloc(count * sizeof *blocks);
    for (size_t i = 0; i < count; i++)
        blocks[i] = random_line(&seed);
    double start = now();
    free(cidr_overlapping(blocks, count, &pairs));
    printf("overlaps among %zu blocks: %.1f ms (%zu pairs)\n", count, (now() - start) * 1e3, pairs);
    free(blocks);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "generate") == 0)
        return generate(argv[2], argv[3], argv[4]);
    if (argc > 4 && strcmp(argv[1], "compare") == 0)
        return compare_programs(argc - 2, argv + 2);
    if (argc == 2 && strcmp(argv[1], "tables") == 0) {
        bench_table("random", 1000000);
        bench_table("table", 1000000);
        bench_table("random6", 1000000);
        bench_table("random6", 160000);
        bench_table("random", 200);
        bench_overlap();
        return 0;
    }
    fprintf(stderr,
            "usage: cidr_bench generate KIND COUNT SEED | compare LABEL PROGRAM... -- ... | tables\n");
    return 64;
}
