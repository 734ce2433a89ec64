/* SPDX-License-Identifier: MIT
 * curl_multi.c: the yardstick of cloud_bench: bare libcurl multi, POST with six signed-looking headers,
 * PARALLEL transfers at a time on kept connections, bodies read and dropped. "fresh": a new handle with its
 * own headers per request, as a client needs whose requests differ; "reused": one request over and over.
 * usage: curl_multi URL CA_FILE REQUESTS PARALLEL fresh|reused; prints seconds, CPU seconds, failures,
 * connections. */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static size_t drop(char *data, size_t size, size_t count, void *bytes)
{
    (void)data;
    *(size_t *)bytes += size * count;
    return size * count;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct curl_slist *request_headers(void)
{
    static const char *const lines[] = {
        "x-acs-action: DescribeVpcs",
        "x-acs-version: 2016-04-28",
        "x-acs-date: 2026-01-01T00:00:00Z",
        "x-acs-signature-nonce: 0123456789abcdef0123456789abcdef",
        "x-acs-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "Authorization: ACS3-HMAC-SHA256 Credential=LTAIsandboxdefault,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        "accept: application/json",
        "Content-Type:",
        "Expect:"};
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        list = curl_slist_append(list, lines[i]);
    return list;
}

struct bench {
    const char *url;
    const char *ca_file;
    long requests, parallel, started, finished, failed, connections;
    bool fresh;
    size_t bytes;
    struct curl_slist *headers;
    CURLM *multi;
};

static CURL *make_handle(struct bench *bench)
{
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = bench->fresh ? request_headers() : bench->headers;
    curl_easy_setopt(easy, CURLOPT_URL, bench->url);
    curl_easy_setopt(easy, CURLOPT_CAINFO, bench->ca_file);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bench->bytes);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    return easy;
}

static void start_one(struct bench *bench, CURL *easy)
{
    bench->started++;
    curl_multi_add_handle(bench->multi, easy ? easy : make_handle(bench));
}

static void end_handle(struct bench *bench, CURL *easy)
{
    struct curl_slist *headers = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &headers);
    curl_easy_cleanup(easy);
    if (bench->fresh)
        curl_slist_free_all(headers);
}

static void finish_one(struct bench *bench, CURL *easy, CURLcode result)
{
    long status = 0, opened = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
    bench->connections += opened;
    bench->failed += result != CURLE_OK || status != 200;
    bench->finished++;
    curl_multi_remove_handle(bench->multi, easy);
    if (bench->fresh || bench->started == bench->requests)
        end_handle(bench, easy);
    if (bench->started < bench->requests)
        start_one(bench, bench->fresh ? NULL : easy);
}

static void run(struct bench *bench)
{
    while (bench->started < bench->parallel && bench->started < bench->requests)
        start_one(bench, NULL);
    while (bench->finished < bench->requests) {
        int running, left;
        CURLMsg *message;
        curl_multi_perform(bench->multi, &running);
        while ((message = curl_multi_info_read(bench->multi, &left)))
            finish_one(bench, message->easy_handle, message->data.result);
        if (bench->finished < bench->requests)
            curl_multi_poll(bench->multi, NULL, 0, 1000, NULL);
    }
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return fprintf(stderr, "usage: curl_multi URL CA_FILE REQUESTS PARALLEL fresh|reused\n"), 2;
    struct bench bench = {.url = argv[1],
                          .ca_file = argv[2],
                          .requests = atol(argv[3]),
                          .parallel = atol(argv[4]),
                          .fresh = strcmp(argv[5], "fresh") == 0};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    bench.headers = request_headers();
    bench.multi = curl_multi_init();
    curl_multi_setopt(bench.multi, CURLMOPT_MAXCONNECTS, bench.parallel * 2);
    double begin = now(), begin_cpu = cpu_seconds();
    run(&bench);
    printf("%.6f %.6f %ld %ld\n", now() - begin, cpu_seconds() - begin_cpu, bench.failed, bench.connections);
    curl_multi_cleanup(bench.multi);
    curl_slist_free_all(bench.headers);
    curl_global_cleanup();
    return bench.failed != 0;
}
