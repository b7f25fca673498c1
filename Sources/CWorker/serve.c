#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static int read_all(int descriptor, void *data, size_t count) {
    uint8_t *next = data;
    while (count > 0) {
        ssize_t part = read(descriptor, next, count);
        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) return 0;
        next += part;
        count -= (size_t)part;
    }
    return 1;
}

static int write_all(int descriptor, const void *data, size_t count) {
    const uint8_t *next = data;
    while (count > 0) {
        ssize_t part = write(descriptor, next, count);
        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) return 0;
        next += part;
        count -= (size_t)part;
    }
    return 1;
}

// Processor time, not time of the clock: a busy machine is no reason to fail. The end is SIGPROF.
static void give_time(uint32_t seconds) {
    struct itimerval time = {.it_value = {.tv_sec = seconds}};
    setitimer(ITIMER_PROF, &time, NULL);
}

static int pass_over(int descriptor, uint64_t count) {
    uint8_t piece[4096];
    while (count > 0) {
        size_t part = count < sizeof(piece) ? (size_t)count : sizeof(piece);
        if (!read_all(descriptor, piece, part)) return 0;
        count -= part;
    }
    return 1;
}

int worker_serve(int descriptor, size_t most, uint32_t seconds, worker_handler handle) {
    struct worker_header request;
    struct worker_bytes input = {0};
    struct worker_bytes answer = {0};
    while (read_all(descriptor, &request, sizeof(request))) {
        if (request.magic != WORKER_MAGIC) return 2;
        struct worker_header reply = {.magic = WORKER_MAGIC};
        answer.count = 0;
        if (request.count > most || !worker_reserve(&input, (size_t)request.count + 1)) {
            reply.code = request.count > most ? WORKER_TOO_LARGE : WORKER_NO_MEMORY;
            if (!pass_over(descriptor, request.count)) return 0;
        } else {
            input.count = (size_t)request.count;
            if (!read_all(descriptor, input.data, input.count)) return 0;
            give_time(seconds);
            reply.code = handle(&request, input.data, input.count, reply.numbers, &answer);
            give_time(0);
        }
        if (reply.code != WORKER_DONE) answer.count = 0;
        reply.count = answer.count;
        if (!write_all(descriptor, &reply, sizeof(reply)) || !write_all(descriptor, answer.data, answer.count)) return 0;
        // What one frame needed is not kept for the next: both may be small.
        if (input.capacity > (64u << 20)) { free(input.data); memset(&input, 0, sizeof(input)); }
        if (answer.capacity > (64u << 20)) { free(answer.data); memset(&answer, 0, sizeof(answer)); }
    }
    return 0;
}
