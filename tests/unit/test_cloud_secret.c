/* SPDX-License-Identifier: MIT
 * Where secrets are: after signing with every family only in the secure heap, after forgetting nowhere.
 * The process reads its own memory through /proc/self/mem; what it looks for is kept only disguised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules/cloud/config.h"
#include "modules/cloud/environment.h"
#include "modules/cloud/keyring.h"
#include "modules/cloud/source.h"
#include "modules/cloud/sign.h"

#define DISGUISE 0x5A
#define CANARY_SIZE 30

/* A canary never stands in memory as such, except where the code under test puts it. */
struct canary {
    unsigned char disguised[CANARY_SIZE];
};

static void canary_make(struct canary *canary, unsigned serial)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    unsigned state = 2463534242u + serial * 7919u;
    for (int i = 0; i < CANARY_SIZE; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        canary->disguised[i] = (unsigned char)(letters[state % (sizeof letters - 1)] ^ DISGUISE);
    }
}

static void canary_reveal(const struct canary *canary, char *text)
{
    for (int i = 0; i < CANARY_SIZE; i++)
        text[i] = (char)(canary->disguised[i] ^ DISGUISE);
    text[CANARY_SIZE] = 0;
}

static int matches(const struct canary *canary, const unsigned char *at)
{
    for (int i = 0; i < CANARY_SIZE; i++)
        if ((at[i] ^ DISGUISE) != canary->disguised[i])
            return 0;
    return 1;
}

struct hits {
    size_t secure; /* inside the secure heap */
    size_t other;
};

static void scan_block(const struct canary *canary, const unsigned char *block, size_t size,
                       uintptr_t address, uintptr_t own, struct hits *hits)
{
    const struct crypto *crypto = crypto_open(NULL);
    for (size_t i = 0; i + CANARY_SIZE <= size; i++) {
        /* Not in what this function itself just read. */
        if (!matches(canary, block + i) || (address + i >= own && address + i < own + 2 * 65536))
            continue;
        if (crypto->api->CRYPTO_secure_allocated((const void *)(address + i)))
            hits->secure++;
        else
            hits->other++;
    }
}

/* All readable memory of this process. */
static struct hits scan(const struct canary *canary)
{
    static unsigned char block[2 * 65536];
    struct hits hits = {0, 0};
    char line[512];
    int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* else only root may look */
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    assert_non_null(maps);
    assert_true(memory >= 0);
    while (fgets(line, sizeof line, maps)) {
        uintptr_t from, to;
        char mode[8];
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &from, &to, mode) != 3 || mode[0] != 'r' ||
            to - from > (uintptr_t)1 << 30 /* a sanitizer's shadow */ || strstr(line, "[vvar]") ||
            strstr(line, "[vsyscall]"))
            continue;
        for (uintptr_t at = from; at < to; at += 65536) {
            size_t want = to - at < sizeof block ? to - at : sizeof block; /* blocks overlap */
            ssize_t got = pread(memory, block, want, (off_t)at);
            size_t here = got < 0 ? 0 : (size_t)got;
            if (here > 65536 + CANARY_SIZE - 1)
                here = 65536 + CANARY_SIZE - 1;
            scan_block(canary, block, here, at, (uintptr_t)block, &hits);
        }
        memset(block, 0, sizeof block);
    }
    close(memory);
    fclose(maps);
    prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
    return hits;
}

static void sign_everything(struct credential *credential)
{
    static const enum sign_scheme schemes[] = {SIGN_ACS3, SIGN_RPC, SIGN_ROA, SIGN_ODPS, SIGN_ODPS};
    struct signer signer;
    assert_true(signer_init(&signer, NULL));
    for (size_t i = 0; i < 5; i++) {
        struct signed_request built;
        struct sign_request request = {.scheme = schemes[i],
                                       .method = slice_of("POST"),
                                       .host = slice_of("vpc.aliyuncs.com"),
                                       .path = slice_of("/"),
                                       .action = slice_of("A"),
                                       .version = slice_of("1"),
                                       .nonce = slice_of("n"),
                                       .region = i == 4 ? slice_of("eu-central-1") : (struct slice){0},
                                       .time = 1767225600};
        struct sign_credential with = {slice_of(credential->access_key_id), secret_slice(&credential->token),
                                       &credential->key};
        assert_null(sign_build(&signer, &request, &with, &built));
        assert_true(built.headers.count >= 3);
    }
    signer_wipe(&signer);
    signer_free(&signer);
}

static void expect_only_secure(const struct canary *canary, const char *what)
{
    struct hits hits = scan(canary);
    if (hits.other)
        print_message("%s: %zu copies outside the secure heap\n", what, hits.other);
    assert_int_equal(hits.other, 0);
    assert_true(hits.secure > 0);
}

static void expect_nowhere(const struct canary *canary, const char *what)
{
    struct hits hits = scan(canary);
    if (hits.other || hits.secure)
        print_message("%s: %zu copies outside, %zu inside the secure heap\n", what, hits.other, hits.secure);
    assert_int_equal(hits.other, 0);
    assert_int_equal(hits.secure, 0);
}

static void put_file(const char *path, const char *before, const struct canary *canary, const char *after)
{
    char text[CANARY_SIZE + 1];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    canary_reveal(canary, text);
    assert_true(write(fd, before, strlen(before)) >= 0 && write(fd, text, CANARY_SIZE) >= 0 &&
                write(fd, after, strlen(after)) >= 0);
    explicit_bzero(text, sizeof text);
    close(fd);
}

/* The scan itself finds what is there. */
static void test_scan_finds(void **state)
{
    struct canary canary;
    canary_make(&canary, 1);
    char *copy = malloc(CANARY_SIZE + 1);
    canary_reveal(&canary, copy);
    assert_true(scan(&canary).other > 0);
    explicit_bzero(copy, CANARY_SIZE + 1);
    free(copy);
    expect_nowhere(&canary, "after overwriting");
}

static void test_environment(void **state)
{
    struct canary secret, token;
    char text[64];
    canary_make(&secret, 2);
    canary_make(&token, 3);
    canary_reveal(&secret, text);
    setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", text, 1);
    canary_reveal(&token, text);
    setenv("ALIBABA_CLOUD_SECURITY_TOKEN", text, 1);
    setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tCanary", 1);
    explicit_bzero(text, sizeof text);
    assert_true(environment_take());
    assert_null(getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"));
    assert_null(getenv("ALIBABA_CLOUD_SECURITY_TOKEN"));

    struct problem problem = {0};
    struct source_options options = {.source = "env"};
    struct account *account = account_new(source_plan(&options, &problem));
    assert_non_null(account);
    sign_everything(&account->current);
    expect_only_secure(&secret, "AccessKey secret of the environment");
    expect_only_secure(&token, "token of the environment");
    account_forget(account);
    account_release(account);
    environment_forget();
    expect_nowhere(&secret, "AccessKey secret after forget");
    expect_nowhere(&token, "token after forget");
}

static void test_config_file(void **state)
{
    struct canary secret;
    char path[] = "/tmp/peerway-config-XXXXXX";
    assert_true(mkstemp(path) >= 0);
    canary_make(&secret, 4);
    put_file(path,
             "{\"current\":\"p\",\"profiles\":[{\"name\":\"p\",\"mode\":\"AK\",\"access_key_id\":\"a\","
             "\"access_key_secret\":\"",
             &secret, "\"}]}");
    struct problem problem = {0};
    struct source_options options = {.source = "profile", .config_file = path};
    struct plan *plan = source_plan(&options, &problem);
    if (!plan)
        print_message("%s\n", problem.message);
    assert_non_null(plan);
    struct account *account = account_new(plan);
    sign_everything(&account->current);
    expect_only_secure(&secret, "secret of config.json");
    account_release(account);
    expect_nowhere(&secret, "secret of config.json after release");
    unlink(path);
}

static void test_broken_config_file(void **state)
{
    struct canary secret;
    char path[] = "/tmp/peerway-config-XXXXXX", text[CANARY_SIZE + 1];
    assert_true(mkstemp(path) >= 0);
    canary_make(&secret, 5);
    put_file(path, "{\"profiles\":[{\"name\":\"p\",\"access_key_secret\":\"", &secret, "\\x\"}]}");
    struct problem problem = {0};
    struct source_options options = {.source = "profile", .config_file = path};
    assert_null(source_plan(&options, &problem));
    assert_string_equal(problem.code, "MalformedConfig");
    canary_reveal(&secret, text);
    assert_null(strstr(problem.message, text));
    explicit_bzero(text, sizeof text);
    expect_nowhere(&secret, "secret of a broken config.json");
    unlink(path);
}

static void test_ini_file(void **state)
{
    struct canary secret;
    char path[] = "/tmp/peerway-ini-XXXXXX";
    assert_true(mkstemp(path) >= 0);
    canary_make(&secret, 6);
    put_file(path, "[default]\ntype = access_key\naccess_key_id = a\naccess_key_secret = ", &secret, "\n");
    struct problem problem = {0};
    struct source_options options = {.source = "credentials_file", .credentials_file = path};
    struct account *account = account_new(source_plan(&options, &problem));
    sign_everything(&account->current);
    expect_only_secure(&secret, "secret of the ini file");
    account_release(account);
    expect_nowhere(&secret, "secret of the ini file after release");
    unlink(path);
}

static void test_keyring(void **state)
{
    struct canary secret;
    char text[CANARY_SIZE + 1];
    struct keyring ring = {.skew = KEYRING_SKEW};
    int reference;
    canary_make(&secret, 7);
    canary_reveal(&secret, text);
    struct ring_key *key = keyring_put(&ring, slice_of("id"), &reference);
    assert_true(sign_key_init(&key->key, text, CANARY_SIZE));
    assert_true(secret_set(&key->token, text, CANARY_SIZE));
    explicit_bzero(text, sizeof text);
    unsigned char mac[KEY_MAC_SIZE];
    assert_int_equal(sign_key_mac(&key->key, KEY_RPC, "x", 1, mac), SHA1_SIZE);
    expect_only_secure(&secret, "secret of a keyring");
    keyring_free(&ring);
    expect_nowhere(&secret, "secret of a keyring after free");
}

static void test_file_refused(void **state)
{
    static const mode_t modes[] = {0604, 0640, 0644, 0620, 0602, 0666, 0601};
    char path[] = "/tmp/peerway-mode-XXXXXX";
    struct secret content = {0};
    bool missing;
    assert_true(mkstemp(path) >= 0);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        struct problem problem = {0};
        chmod(path, modes[i]);
        assert_false(secret_file_read(path, false, &content, &missing, &problem));
        assert_false(missing);
        assert_string_equal(problem.code, "CredentialFileRefused");
    }
    struct problem problem = {0};
    chmod(path, 0600);
    assert_true(secret_file_read(path, false, &content, &missing, &problem));
    secret_clear(&content);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_false(secret_file_read(path, false, &content, &missing, &problem));
        assert_non_null(strstr(problem.message, "another user"));
    }
    unlink(path);
    assert_false(secret_file_read(path, false, &content, &missing, &problem));
    assert_true(missing);
    assert_false(secret_file_read("/tmp", false, &content, &missing, &problem));
}

static void test_hardened(void **state)
{
    struct rlimit limit;
    process_harden();
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), PROCESS_DUMPABLE);
    assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
    assert_int_equal(limit.rlim_cur, 0);
}

static void test_heap_state(void **state)
{
    const char *statement;
    struct secret secret = {0};
    assert_true(secret_set(&secret, "x", 1));
    assert_int_equal(secret_heap_state(&statement), SECRET_HEAP_LOCKED);
    assert_non_null(strstr(statement, "locked memory"));
    secret_clear(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_finds),   cmocka_unit_test(test_environment),
        cmocka_unit_test(test_config_file),  cmocka_unit_test(test_broken_config_file),
        cmocka_unit_test(test_ini_file),     cmocka_unit_test(test_keyring),
        cmocka_unit_test(test_file_refused), cmocka_unit_test(test_heap_state),
        cmocka_unit_test(test_hardened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
