/* SPDX-License-Identifier: MIT
 * loop.c: descriptors in an array that poll(2) or curl_multi_poll takes as it is, timers in a binary
 * heap, pollers in a list. O(n) per turn is fine for hundreds of descriptors (measured). */
#include "runtime/loop_private.h"
#include "runtime/world.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct loop_watch {
    struct loop *loop;
    int fd;
    short events;
    bool dead; /* unwatched during dispatch: freed after it */
    loop_fd_callback callback;
    void *arg;
};

struct loop_timer {
    struct loop *loop;
    double due;
    uint64_t order; /* equal times run in the order of their start */
    unsigned index;
    loop_timer_callback callback;
    void *arg;
};

struct loop {
    struct world *world;
    struct loop_watch **watches;
    struct pollfd *fds;
    unsigned watch_count, watch_capacity;
    struct loop_timer **heap;
    unsigned timer_count, timer_capacity;
    uint64_t timer_order;
    struct loop_poller *pollers;
    loop_wait_function wait;
    void *wait_arg;
    int wake_fd;
    bool dispatching;
    bool task_ready; /* since the turn began */
};

static int wait_by_poll(void *arg, struct pollfd *fds, unsigned count, int timeout_ms)
{
    return poll(fds, count, timeout_ms);
}

struct loop *loop_new(struct world *world)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return NULL;
    loop->world = world;
    loop->wait = wait_by_poll;
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return loop;
}

void loop_free(struct loop *loop)
{
    for (unsigned i = 0; i < loop->watch_count; i++)
        free(loop->watches[i]);
    for (unsigned i = 0; i < loop->timer_count; i++)
        free(loop->heap[i]);
    free(loop->watches);
    free(loop->fds);
    free(loop->heap);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    free(loop);
}

void loop_set_world(struct loop *loop, struct world *world)
{
    double shift = world->monotonic(world) - loop->world->monotonic(loop->world);
    for (unsigned i = 0; i < loop->timer_count; i++)
        loop->heap[i]->due += shift;
    loop->world = world;
}

/* ---- descriptors ---- */

static bool grow_watches(struct loop *loop)
{
    unsigned capacity = loop->watch_capacity ? loop->watch_capacity * 2 : 16;
    struct loop_watch **watches = realloc(loop->watches, capacity * sizeof(*watches));
    if (!watches)
        return false;
    loop->watches = watches;
    /* One more for the wake descriptor. */
    struct pollfd *fds = realloc(loop->fds, (capacity + 1) * sizeof *fds);
    if (!fds)
        return false;
    loop->fds = fds;
    loop->watch_capacity = capacity;
    return true;
}

struct loop_watch *loop_watch_fd(struct loop *loop, int fd, short events, loop_fd_callback callback,
                                 void *arg)
{
    if (loop->watch_count == loop->watch_capacity && !grow_watches(loop))
        return NULL;
    struct loop_watch *watch = malloc(sizeof *watch);
    if (!watch)
        return NULL;
    *watch = (struct loop_watch){loop, fd, events, false, callback, arg};
    loop->watches[loop->watch_count++] = watch;
    return watch;
}

void loop_watch_events(struct loop_watch *watch, short events)
{
    watch->events = events;
}

static void remove_dead_watches(struct loop *loop)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < loop->watch_count; i++) {
        if (loop->watches[i]->dead)
            free(loop->watches[i]);
        else
            loop->watches[kept++] = loop->watches[i];
    }
    loop->watch_count = kept;
}

void loop_unwatch(struct loop_watch *watch)
{
    watch->dead = true;
    if (!watch->loop->dispatching)
        remove_dead_watches(watch->loop);
}

/* ---- timers ---- */

static bool earlier(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due < b->due || (a->due == b->due && a->order < b->order);
}

static void place(struct loop *loop, unsigned index, struct loop_timer *timer)
{
    loop->heap[index] = timer;
    timer->index = index;
}

static void sift_up(struct loop *loop, unsigned index, struct loop_timer *timer)
{
    while (index > 0) {
        unsigned parent = (index - 1) / 2;
        if (!earlier(timer, loop->heap[parent]))
            break;
        place(loop, index, loop->heap[parent]);
        index = parent;
    }
    place(loop, index, timer);
}

static void sift_down(struct loop *loop, unsigned index, struct loop_timer *timer)
{
    for (;;) {
        unsigned child = 2 * index + 1;
        if (child >= loop->timer_count)
            break;
        if (child + 1 < loop->timer_count && earlier(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (!earlier(loop->heap[child], timer))
            break;
        place(loop, index, loop->heap[child]);
        index = child;
    }
    place(loop, index, timer);
}

static void remove_timer(struct loop *loop, struct loop_timer *timer)
{
    unsigned index = timer->index;
    struct loop_timer *last = loop->heap[--loop->timer_count];
    loop->heap[loop->timer_count] = NULL;
    if (last == timer)
        return;
    if (index > 0 && earlier(last, loop->heap[(index - 1) / 2]))
        sift_up(loop, index, last);
    else
        sift_down(loop, index, last);
}

struct loop_timer *loop_timer_start(struct loop *loop, double seconds, loop_timer_callback callback,
                                    void *arg)
{
    if (loop->timer_count == loop->timer_capacity) {
        unsigned capacity = loop->timer_capacity ? loop->timer_capacity * 2 : 16;
        struct loop_timer **heap = realloc(loop->heap, capacity * sizeof(*heap));
        if (!heap)
            return NULL;
        loop->heap = heap;
        loop->timer_capacity = capacity;
    }
    struct loop_timer *timer = malloc(sizeof *timer);
    if (!timer)
        return NULL;
    double due = loop->world->monotonic(loop->world) + (seconds > 0 ? seconds : 0);
    *timer = (struct loop_timer){loop, due, loop->timer_order++, 0, callback, arg};
    sift_up(loop, loop->timer_count++, timer);
    return timer;
}

void loop_timer_cancel(struct loop_timer *timer)
{
    remove_timer(timer->loop, timer);
    free(timer);
}

static void run_due_timers(struct loop *loop)
{
    double now = loop->world->monotonic(loop->world);
    /* Timers that a callback starts with 0 s run in the next turn: bounded work per turn. */
    uint64_t last_order = loop->timer_order;
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): remove_timer takes what is freed out of the heap */
    while (loop->timer_count > 0 && loop->heap[0]->due <= now && loop->heap[0]->order < last_order) {
        struct loop_timer *timer = loop->heap[0];
        remove_timer(loop, timer);
        timer->callback(timer->arg);
        free(timer);
    }
}

/* ---- pollers and the turn ---- */

void loop_add_poller(struct loop *loop, struct loop_poller *poller)
{
    poller->next = loop->pollers;
    loop->pollers = poller;
}

void loop_remove_poller(struct loop *loop, struct loop_poller *poller)
{
    for (struct loop_poller **link = &loop->pollers; *link; link = &(*link)->next) {
        if (*link == poller) {
            *link = poller->next;
            return;
        }
    }
}

void loop_set_wait(struct loop *loop, loop_wait_function wait, void *arg)
{
    loop->wait = wait ? wait : wait_by_poll;
    loop->wait_arg = arg;
}

void loop_wake(struct loop *loop)
{
    uint64_t one = 1;
    /* Full counter (EAGAIN) means that a wake is pending already. */
    if (write(loop->wake_fd, &one, sizeof one) < 0)
        return;
}

static void work_of_pollers(struct loop *loop)
{
    for (struct loop_poller *poller = loop->pollers, *next; poller; poller = next) {
        next = poller->next;
        poller->work(poller->arg);
    }
}

/* Seconds to wait at most; negative: without end. */
static double time_to_wait(struct loop *loop)
{
    double wait = -1;
    if (loop->timer_count > 0) {
        wait = loop->heap[0]->due - loop->world->monotonic(loop->world);
        if (wait < 0)
            wait = 0;
    }
    for (struct loop_poller *poller = loop->pollers; poller; poller = poller->next) {
        double wish = poller->timeout ? poller->timeout(poller->arg) : -1;
        if (wish >= 0 && (wait < 0 || wish < wait))
            wait = wish;
    }
    return wait;
}

static void dispatch_descriptors(struct loop *loop, unsigned count)
{
    if (loop->fds[count].revents) {
        uint64_t drained;
        if (read(loop->wake_fd, &drained, sizeof drained) < 0 && errno != EAGAIN)
            loop->fds[count].revents = 0;
    }
    loop->dispatching = true;
    for (unsigned i = 0; i < count; i++) {
        struct loop_watch *watch = loop->watches[i];
        short revents = loop->fds[i].revents;
        if (revents && !watch->dead)
            watch->callback(watch->arg, watch->fd, revents);
    }
    loop->dispatching = false;
    remove_dead_watches(loop);
}

static void wait_and_dispatch(struct loop *loop, double seconds)
{
    if (!loop->fds && !grow_watches(loop))
        abort(); /* out of memory before the first wait: nothing can be reported */
    unsigned count = loop->watch_count;
    for (unsigned i = 0; i < count; i++)
        loop->fds[i] = (struct pollfd){loop->watches[i]->fd, loop->watches[i]->events, 0};
    loop->fds[count] = (struct pollfd){loop->wake_fd, POLLIN, 0};
    /* Rounded up: waking a little early would spin until the timer is due. */
    int timeout_ms = seconds < 0 ? -1 : seconds > 86400 ? 86400000 : (int)ceil(seconds * 1000);
    if (loop->wait(loop->wait_arg, loop->fds, count + 1, timeout_ms) < 0)
        return; /* EINTR: a signal; its handler set a flag */
    dispatch_descriptors(loop, count);
}

void loop_task_ready(struct loop *loop)
{
    loop->task_ready = true;
}

bool loop_turn(struct loop *loop, bool ready, bool signals_wake)
{
    loop->task_ready = false;
    work_of_pollers(loop);
    double wait = ready || loop->task_ready ? 0 : time_to_wait(loop);
    if (loop->world->simulated) {
        if (wait > 0)
            loop->world->advance(loop->world, loop->heap[0]->due);
        if (wait < 0 && loop->watch_count == 0)
            return false;
        if (loop->watch_count > 0)
            wait_and_dispatch(loop, wait < 0 ? -1 : 0);
    } else {
        if (wait < 0 && loop->watch_count == 0 && !loop->pollers && !signals_wake)
            return false;
        wait_and_dispatch(loop, wait);
    }
    work_of_pollers(loop);
    run_due_timers(loop);
    return true;
}
