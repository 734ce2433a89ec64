/* SPDX-License-Identifier: MIT
 * child.c: fork, setns, exec; the child gets no descriptor of ours but its three pipes. */
#include "runtime/child.h"
#include "runtime/loop.h"
#include "runtime/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child tells before exec: which step failed, and errno. */
struct start_failure {
    int problem;
    int step;
};
enum { STEP_SETNS, STEP_CHDIR, STEP_EXEC };
static const char *const step_names[] = {"setns", "chdir", "exec"};

static void close_stream(struct child_stream *stream)
{
    if (stream->watch)
        loop_unwatch(stream->watch);
    stream->watch = NULL;
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
}

static bool reserve(struct child_stream *stream, size_t more)
{
    if (stream->size + more <= stream->capacity)
        return true;
    size_t capacity = stream->capacity ? stream->capacity : 4096;
    while (capacity < stream->size + more)
        capacity *= 2;
    char *data = realloc(stream->data, capacity);
    if (!data)
        return false;
    stream->data = data;
    stream->capacity = capacity;
    return true;
}

static void pulse(struct gate *gate)
{
    gate_open(gate);
    gate->open = false;
}

static void keep(struct child *child, struct child_stream *stream, const char *data, size_t size)
{
    size_t room = child->max_output > stream->size ? child->max_output - stream->size : 0;
    if (size > room)
        stream->overflowed = true;
    size_t kept = size < room ? size : room;
    if (kept == 0)
        return;
    if (!reserve(stream, kept)) {
        stream->overflowed = true;
        return;
    }
    memcpy(stream->data + stream->size, data, kept);
    stream->size += kept;
}

/* Reads what is there. False: end of the stream. */
static bool drain(struct child *child, struct child_stream *stream)
{
    char buffer[65536];
    for (;;) {
        ssize_t got = read(stream->fd, buffer, sizeof buffer);
        if (got > 0) {
            keep(child, stream, buffer, (size_t)got);
        } else if (got == 0) {
            return false;
        } else if (errno != EINTR) {
            return errno == EAGAIN;
        }
    }
}

static void on_output(void *arg, int fd, short revents)
{
    struct child *child = arg;
    struct child_stream *stream = fd == child->output.fd ? &child->output : &child->error;
    if (!drain(child, stream))
        close_stream(stream);
    pulse(&child->activity);
}

static void on_input_ready(void *arg, int fd, short revents)
{
    struct child *child = arg;
    struct child_stream *input = &child->input;
    ssize_t written = write(fd, input->data + child->input_sent, input->size - child->input_sent);
    if (written > 0)
        child->input_sent += (size_t)written;
    if ((written < 0 && errno != EAGAIN && errno != EINTR) || child->input_sent == input->size)
        close_stream(input);
}

static void on_exit_of_child(void *arg, int fd, short revents)
{
    struct child *child = arg;
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid((idtype_t)P_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
        return;
    if (info.si_code == CLD_EXITED)
        child->exit_code = info.si_status;
    else
        child->exit_signal = info.si_status;
    child->pid = 0;
    /* A grandchild may hold the pipes for ever: take what is there, then close. */
    struct child_stream *streams[] = {&child->output, &child->error};
    for (int i = 0; i < 2; i++) {
        if (streams[i]->fd >= 0)
            drain(child, streams[i]);
        close_stream(streams[i]);
    }
    close_stream(&child->input);
    loop_unwatch(child->exit_watch);
    child->exit_watch = NULL;
    close(child->pidfd);
    child->pidfd = -1;
    gate_open(&child->done);
    pulse(&child->activity);
}

static void report_and_exit(int report, int step)
{
    struct start_failure failure = {errno, step};
    if (write(report, &failure, sizeof failure) < 0)
        _exit(126);
    _exit(127);
}

/* In the child: only async-signal-safe calls. */
static void run_child(const struct child_options *options, int in, int out, int err, int report)
{
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 0; i < options->namespace_count; i++) {
        if (setns(options->namespaces[i], 0) < 0)
            report_and_exit(report, STEP_SETNS);
    }
    if (options->cwd && chdir(options->cwd) < 0)
        report_and_exit(report, STEP_CHDIR);
    /* The pipes have descriptors above 2 (child_start sees to it). */
    dup2(in, 0);
    if (!options->inherit_output) {
        dup2(out, 1);
        dup2(err, 2);
    }
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* libcurl's sockets lack close-on-exec */
    for (int i = 0; i < options->descriptor_count; i++)
        fcntl(options->descriptors[i], F_SETFD, 0);
    execvpe(options->argv[0], options->argv, options->envp);
    report_and_exit(report, STEP_EXEC);
}

/* A pipe whose ends are close-on-exec and above descriptor 2. */
static int make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        if (ends[i] > 2)
            continue;
        int moved = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
        close(ends[i]);
        ends[i] = moved;
    }
    return 0;
}

static void close_pipes(int pipes[4][2])
{
    for (int i = 0; i < 4; i++) {
        for (int end = 0; end < 2; end++) {
            if (pipes[i][end] >= 0)
                close(pipes[i][end]);
        }
    }
}

/* Waits until exec succeeded (the pipe closes) or the child told why not. */
static int read_start_failure(int fd, const char **step)
{
    struct start_failure failure;
    ssize_t got;
    do {
        got = read(fd, &failure, sizeof failure);
    } while (got < 0 && errno == EINTR);
    if (got != sizeof failure)
        return 0;
    *step = step_names[failure.step];
    return failure.problem;
}

static int watch_child(struct child *child)
{
    struct loop *loop = child->rt->loop;
    child->output.watch =
        child->output.fd < 0 ? NULL : loop_watch_fd(loop, child->output.fd, POLLIN, on_output, child);
    child->error.watch =
        child->error.fd < 0 ? NULL : loop_watch_fd(loop, child->error.fd, POLLIN, on_output, child);
    child->exit_watch = loop_watch_fd(loop, child->pidfd, POLLIN, on_exit_of_child, child);
    return child->exit_watch ? 0 : ENOMEM;
}

int child_start(struct child *child, struct runtime *rt, const struct child_options *options,
                const char **step)
{
    int pipes[4][2] = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}}; /* in, out, err, report */
    child->rt = rt;
    child->max_output = options->max_output;
    child->input.fd = child->output.fd = child->error.fd = child->pidfd = -1;
    *step = "pipe";
    for (int i = 0; i < 4; i++) {
        if (make_pipe(pipes[i]) < 0) {
            int problem = errno;
            close_pipes(pipes);
            return problem;
        }
    }
    *step = "fork";
    pid_t pid = fork();
    if (pid == 0)
        run_child(options, pipes[0][0], pipes[1][1], pipes[2][1], pipes[3][1]);
    int problem = pid < 0 ? errno : 0;
    close(pipes[3][1]);
    pipes[3][1] = -1;
    if (!problem)
        problem = read_start_failure(pipes[3][0], step);
    if (problem) {
        close_pipes(pipes);
        if (pid > 0)
            waitpid(pid, NULL, 0);
        return problem;
    }
    child->pid = pid;
    child->pidfd = pidfd_open(pid, 0);
    child->input.fd = pipes[0][1];
    pipes[0][1] = -1;
    if (!options->inherit_output) {
        child->output.fd = pipes[1][0];
        child->error.fd = pipes[2][0];
        pipes[1][0] = pipes[2][0] = -1;
        fcntl(child->output.fd, F_SETFL, O_NONBLOCK);
        fcntl(child->error.fd, F_SETFL, O_NONBLOCK);
    }
    fcntl(child->input.fd, F_SETFL, O_NONBLOCK);
    close_pipes(pipes);
    *step = "watch";
    return child->pidfd < 0 ? errno : watch_child(child);
}

bool child_write(struct child *child, const char *data, size_t size)
{
    struct child_stream *input = &child->input;
    if (input->fd < 0)
        return true; /* it ended already, or closed its input: nobody reads */
    if (!reserve(input, size))
        return false;
    memcpy(input->data + input->size, data, size);
    input->size += size;
    if (!input->watch)
        input->watch = loop_watch_fd(child->rt->loop, input->fd, POLLOUT, on_input_ready, child);
    return input->watch != NULL;
}

void child_close_input(struct child *child)
{
    close_stream(&child->input);
}

void child_kill(struct child *child, int number)
{
    if (child->pid > 0)
        kill(-child->pid, number);
}

void child_release(struct child *child)
{
    if (child->pid > 0) {
        kill(-child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
        child->pid = 0;
    }
    if (child->exit_watch)
        loop_unwatch(child->exit_watch);
    child->exit_watch = NULL;
    if (child->pidfd >= 0)
        close(child->pidfd);
    child->pidfd = -1;
    struct child_stream *streams[] = {&child->input, &child->output, &child->error};
    for (int i = 0; i < 3; i++) {
        close_stream(streams[i]);
        free(streams[i]->data);
        streams[i]->data = NULL;
        streams[i]->size = streams[i]->capacity = 0;
    }
}
