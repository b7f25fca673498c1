// Decodes and codes single frames for Cordon, on a socket that is standard input. Libraries that read what strangers
// wrote are loaded here and nowhere else.
#include "codec.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void answer_numbers(const struct codec_image *image, uint32_t *numbers) {
    numbers[0] = image->columns;
    numbers[1] = image->rows;
    numbers[2] = image->samples;
    numbers[3] = image->bits;
    numbers[4] = image->is_signed;
    numbers[5] = image->coding;
    numbers[6] = image->colour;
    numbers[7] = image->first;
    numbers[8] = image->second;
}

static struct codec_image wanted(const uint32_t *numbers) {
    struct codec_image image = {
        .columns = numbers[1], .rows = numbers[2], .samples = numbers[3], .bits = numbers[4], .is_signed = numbers[5],
        .colour = numbers[6], .first = numbers[7], .second = numbers[8],
        .most = (uint64_t)numbers[10] << 32 | numbers[11],
    };
    return image;
}

static uint32_t black_out(const struct worker_header *request, const uint8_t *bytes, size_t count,
                          struct codec_image *image, struct worker_bytes *answer) {
    size_t size = (size_t)request->numbers[9] * sizeof(struct codec_rectangle);
    if (request->numbers[0] != CODEC_JPEG || size > count) return WORKER_BAD_REQUEST;
    struct codec_rectangle *rectangles = malloc(size + 1);
    if (rectangles == NULL) return WORKER_NO_MEMORY;
    memcpy(rectangles, bytes, size);
    struct codec_blackout blackout = {
        .rectangles = rectangles, .count = request->numbers[9], .is_bright = request->numbers[7],
        .has_differences = request->numbers[8],
    };
    uint32_t status = jpeg_black_out(bytes + size, count - size, &blackout, image, answer);
    free(rectangles);
    return status;
}

static uint32_t handle(const struct worker_header *request, const uint8_t *bytes, size_t count, uint32_t *numbers,
                       struct worker_bytes *answer) {
    struct codec_image image = wanted(request->numbers);
    uint32_t status = WORKER_BAD_REQUEST;
    switch (request->code) {
    case CODEC_DECODE:
        switch (request->numbers[0]) {
        case CODEC_JPEG: status = jpeg_decode(bytes, count, &image, answer); break;
        case CODEC_JPEG_LS: status = jpeg_ls_decode(bytes, count, &image, answer); break;
        case CODEC_JPEG_2000: status = jpeg_2000_decode(bytes, count, &image, answer); break;
        }
        break;
    case CODEC_ENCODE: {
        size_t sample = codec_sample_bytes(&image);
        if (sample == 0 || (uint64_t)image.columns * image.rows * image.samples * sample != count) break;
        switch (request->numbers[0]) {
        case CODEC_JPEG: status = jpeg_encode(bytes, count, &image, answer); break;
        case CODEC_JPEG_LS: status = jpeg_ls_encode(bytes, count, &image, answer); break;
        case CODEC_JPEG_2000: status = jpeg_2000_encode(bytes, count, &image, answer); break;
        }
        break;
    }
    case CODEC_OVERSTEP:
        // The filter ends the process: an answer is a failure. A signal of 0 harms nobody.
        if (request->numbers[0] == 0) syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
        if (request->numbers[0] == 1) syscall(SYS_tgkill, 1, 1, 0);
        return WORKER_DONE;
    case CODEC_ABORT: abort();
    case CODEC_PROVE:
        // What must not work: answers 1, and then 1 for each that did.
        numbers[0] = 1;
        numbers[1] = open("/", O_RDONLY) >= 0;
        numbers[2] = fork() >= 0;
        numbers[3] = unlink("/tmp/cordon-codec") == 0;
        return WORKER_DONE;
    case CODEC_DESCRIBE: {
        char text[256];
        if (!codec_describe(text, sizeof(text))) return WORKER_BAD_REQUEST;
        return worker_append(answer, text, strlen(text)) ? WORKER_DONE : WORKER_NO_MEMORY;
    }
    case CODEC_BLACK_OUT: status = black_out(request, bytes, count, &image, answer); break;
    }
    answer_numbers(&image, numbers);
    return status;
}

// cordon-codec MEMORY SECONDS: bytes of memory, and of processor time for one request.
int main(int count, char **arguments) {
    if (count != 3) {
        static const char words[] = "cordon-codec is started by cordon\n";
        return write(2, words, sizeof(words) - 1) < 0 ? 2 : 2;
    }
    struct worker_limits limits = {
        .memory_bytes = strtoull(arguments[1], NULL, 10), .seconds = (uint32_t)strtoul(arguments[2], NULL, 10),
    };
    if (limits.seconds == 0 || !worker_lock_in(limits)) return 3;
    return worker_serve(0, limits.memory_bytes / 2, limits.seconds, handle);
}
