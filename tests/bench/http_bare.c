/* SPDX-License-Identifier: MIT
 * http_bare.c: the peer of http_bench.sh: a bare libcurl loop. usage: http_bare MODE URL COUNT PARALLEL [CA]
 * MODE poll: curl_multi_perform and curl_multi_poll; socket: curl_multi_socket_action and epoll. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

static CURLM *multi;
static int epoll_fd;
static long timeout_ms = -1;
static long started, finished, failed, count;

struct slot {
    CURL *easy;
    char body[65536];
    size_t size;
};

static size_t take(char *data, size_t size, size_t n, void *arg)
{
    struct slot *slot = arg;
    if (slot->size + size * n > sizeof slot->body)
        return 0;
    memcpy(slot->body + slot->size, data, size * n);
    slot->size += size * n;
    return size * n;
}

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct epoll_event event = {.data.fd = fd};
    if (what == CURL_POLL_REMOVE)
        return epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL), 0;
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    if (epoll_ctl(epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) < 0)
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    curl_multi_assign(multi, fd, &epoll_fd);
    return 0;
}

static int timer_changed(CURLM *m, long milliseconds, void *arg)
{
    timeout_ms = milliseconds;
    return 0;
}

static void start(struct slot *slot)
{
    slot->size = 0;
    started++;
    curl_multi_add_handle(multi, slot->easy);
}

static void reap(void)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        struct slot *slot;
        long status = 0;
        CURL *easy = message->easy_handle;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        failed += message->data.result != CURLE_OK || status != 200;
        finished++;
        curl_multi_remove_handle(multi, easy);
        if (started < count)
            start(slot);
    }
}

static void turn_poll(void)
{
    int running;
    curl_multi_perform(multi, &running);
    reap();
    if (finished < count)
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
}

static void turn_socket(void)
{
    struct epoll_event events[64];
    int running;
    int ready = epoll_wait(epoll_fd, events, 64, timeout_ms < 0 ? 1000 : (int)timeout_ms);
    if (ready == 0)
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    for (int i = 0; i < ready; i++)
        curl_multi_socket_action(multi, events[i].data.fd,
                                 (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                                     (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                                     (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0),
                                 &running);
    reap();
}

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 64;
    int by_socket = strcmp(argv[1], "socket") == 0;
    count = atol(argv[3]);
    long parallel = atol(argv[4]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (by_socket) {
        curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_changed);
    }
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, parallel * 2);
    double begin = now();
    for (long i = 0; i < parallel; i++) {
        struct slot *slot = calloc(1, sizeof *slot);
        slot->easy = curl_easy_init();
        curl_easy_setopt(slot->easy, CURLOPT_URL, argv[2]);
        curl_easy_setopt(slot->easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(slot->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, take);
        curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, slot);
        curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
        if (argc > 5)
            curl_easy_setopt(slot->easy, CURLOPT_CAINFO, argv[5]);
        start(slot);
    }
    while (finished < count) {
        if (by_socket)
            turn_socket();
        else
            turn_poll();
    }
    double wall = now() - begin;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("%.0f %.2f %ld\n", (double)count / wall, cpu / (double)count * 1e6, failed);
    return failed != 0;
}
