// What reads: the versions of the libraries, and which model. What was read depends on all of it.
#include "ocr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// FNV-1a of 64 bits: tells one model from another, and guards against nobody.
static int add_digest(const char *path, char *text, size_t room) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return 0;
    uint64_t hash = 0xcbf29ce484222325u;
    static uint8_t buffer[1 << 16];
    size_t count;
    while ((count = fread(buffer, 1, sizeof(buffer), file)) > 0) {
        for (size_t index = 0; index < count; index++) hash = (hash ^ buffer[index]) * 0x100000001b3u;
    }
    int done = !ferror(file);
    fclose(file);
    return done && snprintf(text, room, "%016llx", (unsigned long long)hash) > 0;
}

int ocr_describe(TessBaseAPI *engine, const char *languages, char *text, size_t room) {
    const char *folder = TessBaseAPIGetDatapath(engine);
    char *leptonica = getLeptonicaVersion();
    int length = folder == NULL || leptonica == NULL ? -1 : snprintf(text, room, "Tesseract %s, %s", TessVersion(), leptonica);
    lept_free(leptonica);
    if (length < 0 || (size_t)length >= room) return 0;
    // `eng+deu`: each is a file of its own.
    for (const char *start = languages; *start != 0;) {
        size_t count = strcspn(start, "+");
        char path[4096], digest[32];
        int size = snprintf(path, sizeof(path), "%s/%.*s.traineddata", folder, (int)count, start);
        if (size < 0 || (size_t)size >= sizeof(path) || !add_digest(path, digest, sizeof(digest))) return 0;
        int more = snprintf(text + length, room - (size_t)length, ", %.*s %s", (int)count, start, digest);
        if (more < 0 || (size_t)more >= room - (size_t)length) return 0;
        length += more;
        start += count;
        if (*start == '+') start += 1;
    }
    return 1;
}
