// What recognition is asked for and answers. The numbers of requests and answers are those of `TextRecognition` in
// PixelCleaning.
#ifndef CORDON_OCR_H
#define CORDON_OCR_H

#include "worker.h"

#include <leptonica/allheaders.h>
#include <tesseract/capi.h>

enum ocr_operation {
    // A grey picture in, words out.
    OCR_READ = 1,
    // A grey or RGB picture and rectangles in, a PNG out.
    OCR_PICTURE = 2,
    // Nothing in; out what reads: versions, and a digest of each model.
    OCR_DESCRIBE = 3,
    // For tests, as of cordon-codec.
    OCR_OVERSTEP = 97,
    OCR_ABORT = 98,
    OCR_PROVE = 99,
};

// How the picture is looked at.
enum ocr_method {
    // Lines are found by ourselves, scale by scale, light on dark and dark on light, and each is read alone.
    OCR_LINES = 1,
    // The whole page is read at once, light on dark and dark on light, as Tesseract finds its lines: another setting to
    // check with what the first has cleaned.
    OCR_PAGE = 2,
};

// Something that may be a line of text, in pixels of the picture: edges on the right and below are not in it.
struct ocr_line {
    int32_t left, top, right, bottom;
    // 1: light on dark.
    int32_t is_light;
    // Of the contrast of its strokes, 0 to 255.
    int32_t contrast;
    // Signs in it.
    int32_t count;
};

struct ocr_lines {
    struct ocr_line *lines;
    size_t count, capacity;
    // More than were kept.
    int is_cut;
};

// Finds what may be lines. 0 when there is no memory.
int ocr_find_lines(PIX *grey, struct ocr_lines *lines);

// Reads lines, or the page, and writes words; how it went.
uint32_t ocr_read_lines(TessBaseAPI *engine, PIX *grey, struct worker_bytes *answer, uint32_t *numbers);
uint32_t ocr_read_page(TessBaseAPI *engine, PIX *grey, struct worker_bytes *answer, uint32_t *numbers);

// What reads, in words, ended by 0; 0 when that cannot be told.
int ocr_describe(TessBaseAPI *engine, const char *languages, char *text, size_t room);

struct ocr_rectangle { uint32_t left, top, right, bottom, colour, is_filled; };
// A picture of at most `longest` pixels on its longer side, with the rectangles, as PNG.
uint32_t ocr_picture(PIX *picture, const struct ocr_rectangle *rectangles, size_t count, uint32_t longest,
                     struct worker_bytes *answer);

// A picture of ours from bytes, pixel by pixel; NULL when there is no memory.
PIX *ocr_pix(const uint8_t *bytes, uint32_t columns, uint32_t rows, uint32_t samples);

#endif
