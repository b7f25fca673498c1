// Finds and reads text in single pictures for Cordon, and draws them, on a socket that is standard input. Tesseract and
// Leptonica are loaded here and nowhere else.
#include "ocr.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static TessBaseAPI *engine;
// What reads, in words; made before files are out of reach.
static char description[512];

// numbers: 0 columns, 1 rows, 2 samples, 3 method.
static uint32_t read_text(const struct worker_header *request, const uint8_t *bytes, size_t count, uint32_t *numbers,
                          struct worker_bytes *answer) {
    uint32_t columns = request->numbers[0], rows = request->numbers[1];
    if (columns == 0 || rows == 0 || columns > 32767 || rows > 32767 || (uint64_t)columns * rows != count) {
        return WORKER_BAD_REQUEST;
    }
    PIX *grey = ocr_pix(bytes, columns, rows, 1);
    if (grey == NULL) return WORKER_NO_MEMORY;
    uint32_t status = WORKER_BAD_REQUEST;
    if (request->numbers[3] == OCR_LINES) status = ocr_read_lines(engine, grey, answer, numbers);
    if (request->numbers[3] == OCR_PAGE) status = ocr_read_page(engine, grey, answer, numbers);
    pixDestroy(&grey);
    return status;
}

// numbers: 0 columns, 1 rows, 2 samples, 3 longest side, 4 rectangles, which come before the picture.
static uint32_t draw(const struct worker_header *request, const uint8_t *bytes, size_t count, struct worker_bytes *answer) {
    uint32_t columns = request->numbers[0], rows = request->numbers[1], samples = request->numbers[2];
    size_t size = (size_t)request->numbers[4] * sizeof(struct ocr_rectangle);
    if (columns == 0 || rows == 0 || columns > 32767 || rows > 32767 || (samples != 1 && samples != 3)) {
        return WORKER_BAD_REQUEST;
    }
    if (size > count || (uint64_t)columns * rows * samples != count - size) return WORKER_BAD_REQUEST;
    struct ocr_rectangle *rectangles = malloc(size + 1);
    PIX *picture = rectangles == NULL ? NULL : ocr_pix(bytes + size, columns, rows, samples);
    uint32_t status = WORKER_NO_MEMORY;
    if (picture != NULL) {
        memcpy(rectangles, bytes, size);
        status = ocr_picture(picture, rectangles, request->numbers[4], request->numbers[3], answer);
    }
    pixDestroy(&picture);
    free(rectangles);
    return status;
}

static uint32_t handle(const struct worker_header *request, const uint8_t *bytes, size_t count, uint32_t *numbers,
                       struct worker_bytes *answer) {
    switch (request->code) {
    case OCR_READ: return read_text(request, bytes, count, numbers, answer);
    case OCR_PICTURE: return draw(request, bytes, count, answer);
    case OCR_DESCRIBE:
        return worker_append(answer, description, strlen(description)) ? WORKER_DONE : WORKER_NO_MEMORY;
    case OCR_OVERSTEP:
        // The filter ends the process: an answer is a failure.
        syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
        return WORKER_DONE;
    case OCR_ABORT: abort();
    case OCR_PROVE:
        // What must not work: answers 1, and then 1 for each that did.
        numbers[0] = 1;
        numbers[1] = open("/", O_RDONLY) >= 0;
        numbers[2] = fork() >= 0;
        numbers[3] = unlink("/tmp/cordon-ocr") == 0;
        return WORKER_DONE;
    }
    return WORKER_BAD_REQUEST;
}

// cordon-ocr MEMORY SECONDS LANGUAGES: bytes of memory, processor time for one request, what is loaded: `eng+deu`.
int main(int count, char **arguments) {
    if (count != 4) {
        static const char words[] = "cordon-ocr is started by cordon\n";
        return write(2, words, sizeof(words) - 1) < 0 ? 2 : 2;
    }
    struct worker_limits limits = {
        .memory_bytes = strtoull(arguments[1], NULL, 10), .seconds = (uint32_t)strtoul(arguments[2], NULL, 10),
    };
    setMsgSeverity(L_SEVERITY_NONE);
    engine = TessBaseAPICreate();
    // What it was trained with is read before the process locks itself in. Words that a dictionary has are not what names
    // and numbers are made of: it would mend them. Nobody asks for paragraphs.
    static const char *names[] = {"load_system_dawg", "load_freq_dawg", "debug_file", "paragraph_text_based"};
    static const char *values[] = {"0", "0", "/dev/null", "0"};
    const size_t settings = sizeof(names) / sizeof(*names);
    if (engine == NULL
        || TessBaseAPIInit4(engine, NULL, arguments[3], OEM_LSTM_ONLY, NULL, 0, (char **)names, (char **)values, settings, 0)
            != 0) {
        return 4;
    }
    if (!ocr_describe(engine, arguments[3], description, sizeof(description))) return 4;
    if (limits.seconds == 0 || !worker_lock_in(limits)) return 3;
    return worker_serve(0, limits.memory_bytes / 2, limits.seconds, handle);
}
