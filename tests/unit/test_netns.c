/* SPDX-License-Identifier: MIT
 * test_netns.c: namespaces by descriptors, and what their refusals say. */
#include "modules/netns/netns.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int count_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static ino_t own_network(void)
{
    struct stat st;
    assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
    return st.st_ino;
}

static ino_t network_of(const struct netns *ns)
{
    struct stat st;
    assert_int_equal(fstat(ns->net_fd, &st), 0);
    return st.st_ino;
}

static void need_root_namespaces(void)
{
    struct netns_problem problem;
    if (netns_available(&problem) != NETNS_ROOT)
        skip();
}

static void add_file(struct netns *ns, const char *path, const char *content)
{
    ns->files = calloc(1, sizeof *ns->files);
    assert_non_null(ns->files);
    ns->files[0] =
        (struct netns_file){.path = strdup(path), .data = content, .size = strlen(content), .fd = -1};
    ns->file_count = 1;
}

static void creates_and_leaves_nothing_open(void **state)
{
    struct netns_problem problem;
    need_root_namespaces();
    int before = count_descriptors();
    ino_t home = own_network();
    struct netns ns = {0};
    add_file(&ns, "/etc/hosts", "127.0.0.1 unit\n");
    assert_int_equal(netns_create(&ns, "unit", &problem), 0);
    assert_int_not_equal(network_of(&ns), home);
    assert_int_equal(own_network(), home);
    assert_int_equal(netns_write(&ns, "/etc/hosts", "x", 1, &problem), 0);
    netns_close(&ns);
    netns_close(&ns);
    assert_int_equal(count_descriptors(), before);
}

static void names_the_file_that_is_missing(void **state)
{
    struct netns_problem problem;
    need_root_namespaces();
    int before = count_descriptors();
    struct netns ns = {0};
    add_file(&ns, "/etc/no-such-file-of-peerway", "");
    assert_int_equal(netns_create(&ns, "unit", &problem), -1);
    assert_int_equal(problem.error, ENOENT);
    assert_non_null(strstr(problem.text, "/etc/no-such-file-of-peerway"));
    assert_int_equal(count_descriptors(), before);
}

static void sockets_live_inside(void **state)
{
    struct netns_problem problem;
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    need_root_namespaces();
    struct netns ns = {0};
    assert_int_equal(netns_create(&ns, "unit", &problem), 0);
    ino_t home = own_network();
    int fd = netns_socket(&ns, SOCK_STREAM, "0.0.0.0", 80, &problem);
    assert_true(fd >= 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(ntohs(address.sin_port), 80);
    assert_int_equal(own_network(), home);
    assert_int_equal(netns_socket(&ns, SOCK_STREAM, "0.0.0.0", 80, &problem), -1);
    assert_int_equal(problem.error, EADDRINUSE);
    close(fd);
    netns_close(&ns);
}

static void refuses_what_is_not_of_the_namespace(void **state)
{
    struct netns_problem problem;
    struct netns ns = {.net_fd = -1, .mount_fd = -1, .uts_fd = -1};
    assert_int_equal(netns_sysctl(&ns, "kernel.hostname", "x", &problem), -1);
    assert_non_null(strstr(problem.text, "kernel.hostname"));
    assert_int_equal(netns_sysctl(&ns, "net.../../kernel/hostname", "x", &problem), -1);
    assert_int_equal(problem.error, 0);
    assert_int_equal(netns_socket(&ns, SOCK_STREAM, "10.0.0", 80, &problem), -1);
    assert_int_equal(problem.error, 0);
    assert_int_equal(netns_write(&ns, "/etc/hosts", "", 0, &problem), -1);
    assert_non_null(strstr(problem.text, "/etc/hosts"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creates_and_leaves_nothing_open),
        cmocka_unit_test(names_the_file_that_is_missing),
        cmocka_unit_test(sockets_live_inside),
        cmocka_unit_test(refuses_what_is_not_of_the_namespace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
