// A process that works on bytes from strangers and can do nothing else: it answers requests on one socket, and has
// neither files nor network nor other processes.
#ifndef CORDON_WORKER_H
#define CORDON_WORKER_H

#include <stddef.h>
#include <stdint.h>

#define WORKER_NUMBERS 12

// Begins a request and an answer. Numbers are in the byte order of the machine: both ends are on it.
struct worker_header {
    uint32_t magic;
    // Of a request: what to do. Of an answer: how it went.
    uint32_t code;
    uint32_t numbers[WORKER_NUMBERS];
    // Bytes that follow.
    uint64_t count;
};

#define WORKER_MAGIC 0x31585043u

enum worker_status {
    WORKER_DONE = 0,
    // The bytes are not what they should be.
    WORKER_DAMAGED = 1,
    // They are sound, and of a kind that is not worked on here.
    WORKER_UNSUPPORTED = 2,
    WORKER_TOO_LARGE = 3,
    WORKER_NO_MEMORY = 4,
    WORKER_BAD_REQUEST = 5,
};

// Bytes that grow; those of one request or answer.
struct worker_bytes {
    uint8_t *data;
    size_t count;
    size_t capacity;
};

// Room for so many bytes altogether; 0 when there is none.
int worker_reserve(struct worker_bytes *bytes, size_t capacity);
int worker_append(struct worker_bytes *bytes, const void *data, size_t count);

// Memory of the whole process and processor time of one request.
struct worker_limits {
    uint64_t memory_bytes;
    uint32_t seconds;
};

// From here on the process can compute, and read and write the descriptors that it has. 0 when that could not be had.
int worker_lock_in(struct worker_limits limits);

// Handles one request: fills in the numbers and the bytes of the answer, and says how it went.
typedef uint32_t (*worker_handler)(const struct worker_header *request, const uint8_t *bytes, size_t count,
                                   uint32_t *numbers, struct worker_bytes *answer);

// Answers requests until the other end closes. The largest request that is taken is `most` bytes long.
int worker_serve(int descriptor, size_t most, uint32_t seconds, worker_handler handle);

#endif
