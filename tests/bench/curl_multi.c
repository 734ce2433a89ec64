/* SPDX-License-Identifier: MIT
 * curl_multi.c: the yardstick of cloud_bench: bare libcurl multi, POST with six signed-looking headers,
 * PARALLEL transfers at a time on kept connections, bodies read and dropped.
 * usage: curl_multi URL CA_FILE REQUESTS PARALLEL; prints seconds, CPU seconds, failures, connections. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
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
        "x-acs-action: DescribeVpcs", "x-acs-version: 2016-04-28", "x-acs-date: 2026-01-01T00:00:00Z",
        "x-acs-signature-nonce: 0123456789abcdef0123456789abcdef",
        "x-acs-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "Authorization: ACS3-HMAC-SHA256 Credential=LTAIsandboxdefault,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        "accept: application/json", "Content-Type:", "Expect:"};
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        list = curl_slist_append(list, lines[i]);
    return list;
}

static CURL *make_handle(const char *url, const char *ca_file, struct curl_slist *headers, size_t *bytes)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, bytes);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    return easy;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return fprintf(stderr, "usage: curl_multi URL CA_FILE REQUESTS PARALLEL\n"), 2;
    long requests = atol(argv[3]), parallel = atol(argv[4]), started = 0, finished = 0, failed = 0, connections = 0;
    size_t bytes = 0;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct curl_slist *headers = request_headers();
    CURLM *multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, parallel * 2);
    double begin = now(), begin_cpu = cpu_seconds();
    for (; started < parallel && started < requests; started++)
        curl_multi_add_handle(multi, make_handle(argv[1], argv[2], headers, &bytes));
    while (finished < requests) {
        int running, left;
        CURLMsg *message;
        curl_multi_perform(multi, &running);
        while ((message = curl_multi_info_read(multi, &left))) {
            CURL *easy = message->easy_handle;
            long status = 0, fresh = 0;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &fresh);
            connections += fresh;
            failed += message->data.result != CURLE_OK || status != 200;
            finished++;
            curl_multi_remove_handle(multi, easy);
            if (started < requests) {
                started++;
                curl_multi_add_handle(multi, easy);
            } else {
                curl_easy_cleanup(easy);
            }
        }
        if (finished < requests)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    printf("%.6f %.6f %ld %ld\n", now() - begin, cpu_seconds() - begin_cpu, failed, connections);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    curl_global_cleanup();
    return failed != 0;
}
