// Reads what may be lines with Tesseract: each alone, upright, dark on light, at the height it was made for.
#include "ocr.h"

#include <stdlib.h>
#include <string.h>

enum { MARGIN = 10, MOST_WIDTH = 4000 };
// Of a line, in pixels: what the recogniser was trained on has letters of about the first. Where it is not sure, the
// others are tried, and all that was read counts.
static const int line_heights[] = {36, 50, 27};
// What is read again: so many letters and digits, read with a confidence between these.
enum { LEAST_SIGNS = 5, LEAST_SURE = 20, MOST_SURE = 75 };

// What was read of a line: letters and digits, and the sum of their confidences.
struct reading { uint32_t count; float confidence; };

static int append_number(struct worker_bytes *answer, uint32_t number) {
    return worker_append(answer, &number, sizeof(number));
}

// Left, top, right, bottom, confidence, line, bytes of text, text.
static int append_word(struct worker_bytes *answer, const uint32_t *edges, float confidence, uint32_t line, const char *text) {
    size_t length = strlen(text);
    if (length > 4096) length = 4096;
    uint32_t sure = confidence <= 0 ? 0 : confidence >= 100 ? 100 : (uint32_t)confidence;
    return worker_append(answer, edges, 4 * sizeof(*edges)) && append_number(answer, sure) && append_number(answer, line)
        && append_number(answer, (uint32_t)length) && worker_append(answer, text, length);
}

// Grey values stretched so that the darkest is 0 and the lightest 255, but for a hundredth at each end.
static void stretch(PIX *pix) {
    NUMA *counts = pixGetGrayHistogram(pix, 1);
    if (counts == NULL) return;
    double all = (double)pixGetWidth(pix) * pixGetHeight(pix), sum = 0;
    int low = 0, high = 255;
    for (int value = 0; value < 256; value++) {
        l_float32 count = 0;
        numaGetFValue(counts, value, &count);
        double next = sum + count;
        if (sum <= all * 0.01 && next > all * 0.01) low = value;
        if (sum <= all * 0.99 && next > all * 0.99) high = value;
        sum = next;
    }
    numaDestroy(&counts);
    if (high - low < 8) return;
    for (int y = 0; y < pixGetHeight(pix); y++) {
        l_uint32 *row = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);
        for (int x = 0; x < pixGetWidth(pix); x++) {
            int value = (GET_DATA_BYTE(row, x) - low) * 255 / (high - low);
            SET_DATA_BYTE(row, x, value < 0 ? 0 : value > 255 ? 255 : value);
        }
    }
}

// The part of the picture with a line, dark on light, upscaled; what a pixel of it is in the picture.
static PIX *line_picture(PIX *grey, const struct ocr_line *line, int wanted, double *scale, int *left, int *top) {
    int height = line->bottom - line->top, pad = height / 4 + 2;
    *left = line->left - pad < 0 ? 0 : line->left - pad;
    *top = line->top - pad < 0 ? 0 : line->top - pad;
    int right = line->right + pad, bottom = line->bottom + pad;
    if (right > pixGetWidth(grey)) right = pixGetWidth(grey);
    if (bottom > pixGetHeight(grey)) bottom = pixGetHeight(grey);
    BOX *box = boxCreate(*left, *top, right - *left, bottom - *top);
    PIX *part = box == NULL ? NULL : pixClipRectangle(grey, box, NULL);
    boxDestroy(&box);
    if (part == NULL) return NULL;
    // What lies beneath is taken away: strokes alone are left.
    int square = height / 2 | 1;
    if (square < 5) square = 5;
    PIX *hat = pixTophat(part, square, square, line->is_light ? L_TOPHAT_WHITE : L_TOPHAT_BLACK);
    pixDestroy(&part);
    if (hat == NULL) return NULL;
    pixInvert(hat, hat);
    *scale = (double)wanted / height;
    if ((right - *left) * *scale > MOST_WIDTH) *scale = (double)MOST_WIDTH / (right - *left);
    if (*scale > 8) *scale = 8;
    PIX *scaled = *scale >= 1 ? pixScaleGrayLI(hat, (float)*scale, (float)*scale)
                              : pixScaleAreaMap(hat, (float)*scale, (float)*scale);
    pixDestroy(&hat);
    if (scaled == NULL) return NULL;
    stretch(scaled);
    PIX *framed = pixAddBorder(scaled, MARGIN, 255);
    pixDestroy(&scaled);
    return framed;
}

// Where a word stands: where that is not known, where its line does, or its block. 0 where nothing is known of it.
static int find_place(const TessPageIterator *page, int *edges) {
    static const TessPageIteratorLevel levels[] = {RIL_WORD, RIL_TEXTLINE, RIL_BLOCK};
    for (size_t index = 0; index < sizeof(levels) / sizeof(*levels); index++) {
        if (TessPageIteratorBoundingBox(page, levels[index], &edges[0], &edges[1], &edges[2], &edges[3])
            && edges[0] < edges[2] && edges[1] < edges[3]) return 1;
    }
    return 0;
}

// A span of what was recognised in pixels of the picture: at least one of them, the nearest where it lies beside it.
static void to_picture(int from, int to, int margin, double scale, int start, int size, uint32_t *low, uint32_t *high) {
    double first = (from - margin) / scale + start, last = (to - margin) / scale + start + 0.999;
    *low = (uint32_t)(first < 0 ? 0 : first > size - 1 ? size - 1 : first);
    *high = (uint32_t)(last < 0 ? 0 : last > size ? size : last);
    if (*high <= *low) *high = *low + 1;
}

// Words of what was recognised, with their places in the picture.
static int take_words(TessBaseAPI *engine, double scale, int left, int top, int margin, const PIX *grey, uint32_t line,
                      int by_line, struct worker_bytes *answer, uint32_t *count, struct reading *reading) {
    TessResultIterator *result = TessBaseAPIGetIterator(engine);
    // Of what was recognised there is always one, if nothing else at its end.
    if (result == NULL) return 0;
    int done = 1;
    do {
        TessPageIterator *page = TessResultIteratorGetPageIterator(result);
        if (by_line && TessPageIteratorIsAtBeginningOf(page, RIL_TEXTLINE) && *count > 0) line += 1;
        char *text = TessResultIteratorGetUTF8Text(result, RIL_WORD);
        if (text == NULL) continue;
        if (*text == 0) { TessDeleteText(text); continue; }
        // What was read somewhere must be black somewhere.
        int places[4] = {0};
        done = find_place(page, places);
        if (done) {
            uint32_t edges[4];
            to_picture(places[0], places[2], margin, scale, left, pixGetWidth((PIX *)grey), &edges[0], &edges[2]);
            to_picture(places[1], places[3], margin, scale, top, pixGetHeight((PIX *)grey), &edges[1], &edges[3]);
            float confidence = TessResultIteratorConfidence(result, RIL_WORD);
            done = append_word(answer, edges, confidence, line, text);
            *count += 1;
            for (const char *sign = text; *sign != 0; sign++) {
                unsigned char value = (unsigned char)*sign, letter = value | 0x20;
                if ((value < '0' || value > '9') && (letter < 'a' || letter > 'z')) continue;
                reading->count += 1;
                reading->confidence += confidence;
            }
        }
        TessDeleteText(text);
    } while (done && TessResultIteratorNext(result, RIL_WORD));
    TessResultIteratorDelete(result);
    return done;
}

static int recognise(TessBaseAPI *engine, PIX *pix, TessPageSegMode mode) {
    TessBaseAPISetPageSegMode(engine, mode);
    TessBaseAPISetImage2(engine, pix);
    TessBaseAPISetSourceResolution(engine, 300);
    return TessBaseAPIRecognize(engine, NULL) == 0;
}

uint32_t ocr_read_lines(TessBaseAPI *engine, PIX *grey, struct worker_bytes *answer, uint32_t *numbers) {
    struct ocr_lines lines = {0};
    if (!ocr_find_lines(grey, &lines)) { free(lines.lines); return WORKER_NO_MEMORY; }
    uint32_t words = 0;
    int done = 1;
    // Of a picture that has more, nothing is believed.
    for (size_t index = 0; index < lines.count && done && !lines.is_cut; index++) {
        // The line itself comes first, read or not.
        const struct ocr_line *found = &lines.lines[index];
        uint32_t edges[4] = {(uint32_t)found->left, (uint32_t)found->top, (uint32_t)found->right, (uint32_t)found->bottom};
        if (edges[2] > (uint32_t)pixGetWidth(grey)) edges[2] = (uint32_t)pixGetWidth(grey);
        if (edges[3] > (uint32_t)pixGetHeight(grey)) edges[3] = (uint32_t)pixGetHeight(grey);
        if (edges[0] >= edges[2] || edges[1] >= edges[3]) continue;
        done = append_word(answer, edges, 0, (uint32_t)index, "");
        if (!done) break;
        for (size_t turn = 0; turn < sizeof(line_heights) / sizeof(*line_heights) && done; turn++) {
            double scale = 1;
            int left = 0, top = 0;
            struct reading reading = {0};
            PIX *part = line_picture(grey, found, line_heights[turn], &scale, &left, &top);
            // A line at which Tesseract fails is not one without words.
            done = part != NULL && recognise(engine, part, PSM_SINGLE_LINE);
            if (done) {
                // Each reading is a line of its own.
                uint32_t line = (uint32_t)(index + turn * 100000);
                done = turn == 0 || append_word(answer, edges, 0, line, "");
                if (done) done = take_words(engine, scale, left, top, MARGIN, grey, line, 0, answer, &words, &reading);
            }
            TessBaseAPIClear(engine);
            pixDestroy(&part);
            if (reading.count < LEAST_SIGNS || reading.confidence < LEAST_SURE * (float)reading.count
                || reading.confidence > MOST_SURE * (float)reading.count) break;
        }
    }
    numbers[0] = words;
    numbers[1] = (uint32_t)lines.count;
    numbers[2] = (uint32_t)lines.is_cut;
    free(lines.lines);
    return done ? WORKER_DONE : WORKER_NO_MEMORY;
}

// What is lower than this of a page is a speck and no sign, in pixels of what is recognised: Tesseract takes 7. Of a picture
// that is made twice as large, and is full of speckle, most of the time went into signs of 4 pixels, of which no letter is.
static int set_least_sign(TessBaseAPI *engine, const char *pixels) {
    return TessBaseAPISetVariable(engine, "textord_max_noise_size", pixels);
}

uint32_t ocr_read_page(TessBaseAPI *engine, PIX *grey, struct worker_bytes *answer, uint32_t *numbers) {
    // Small pictures have small writing.
    int width = pixGetWidth(grey), height = pixGetHeight(grey), longer = width > height ? width : height;
    double scale = longer <= 1200 ? 2 : longer > 3000 ? 3000.0 / longer : 1;
    uint32_t words = 0, line = 0;
    int done = set_least_sign(engine, scale == 2 ? "9" : "7");
    for (int is_light = 0; is_light < 2 && done; is_light++) {
        PIX *hat = pixTophat(grey, 21, 21, is_light ? L_TOPHAT_WHITE : L_TOPHAT_BLACK);
        PIX *scaled = hat == NULL ? NULL : scale == 1 ? pixClone(hat) : scale > 1
            ? pixScaleGrayLI(hat, (float)scale, (float)scale) : pixScaleAreaMap(hat, (float)scale, (float)scale);
        done = scaled != NULL && pixInvert(scaled, scaled) != NULL && recognise(engine, scaled, PSM_SPARSE_TEXT);
        if (done) {
            struct reading reading = {0};
            done = take_words(engine, scale, 0, 0, 0, grey, line, 1, answer, &words, &reading);
            line += 1000000;
        }
        TessBaseAPIClear(engine);
        pixDestroy(&scaled);
        pixDestroy(&hat);
    }
    // Lines are read by the same engine, each alone.
    done = set_least_sign(engine, "7") && done;
    numbers[0] = words;
    return done ? WORKER_DONE : WORKER_NO_MEMORY;
}
