#include "worker.h"

#include <stdlib.h>
#include <string.h>

int worker_reserve(struct worker_bytes *bytes, size_t capacity) {
    if (capacity <= bytes->capacity) return 1;
    uint8_t *data = realloc(bytes->data, capacity);
    if (data == NULL) return 0;
    bytes->data = data;
    bytes->capacity = capacity;
    return 1;
}

int worker_append(struct worker_bytes *bytes, const void *data, size_t count) {
    if (count > SIZE_MAX / 2 - bytes->count) return 0;
    size_t needed = bytes->count + count;
    if (needed > bytes->capacity && !worker_reserve(bytes, needed + needed / 2 + 4096)) return 0;
    if (count > 0) memcpy(bytes->data + bytes->count, data, count);
    bytes->count = needed;
    return 1;
}
