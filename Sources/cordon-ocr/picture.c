// Pictures in, pictures out.
#include "ocr.h"

#include <stdlib.h>
#include <string.h>

PIX *ocr_pix(const uint8_t *bytes, uint32_t columns, uint32_t rows, uint32_t samples) {
    PIX *pix = pixCreate((int)columns, (int)rows, samples == 1 ? 8 : 32);
    if (pix == NULL) return NULL;
    for (uint32_t y = 0; y < rows; y++) {
        l_uint32 *row = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);
        const uint8_t *source = bytes + (size_t)y * columns * samples;
        for (uint32_t x = 0; x < columns; x++) {
            if (samples == 1) {
                SET_DATA_BYTE(row, x, source[x]);
            } else {
                composeRGBPixel(source[x * 3], source[x * 3 + 1], source[x * 3 + 2], row + x);
            }
        }
    }
    return pix;
}

uint32_t ocr_picture(PIX *picture, const struct ocr_rectangle *rectangles, size_t count, uint32_t longest,
                     struct worker_bytes *answer) {
    int width = pixGetWidth(picture), height = pixGetHeight(picture), longer = width > height ? width : height;
    double scale = longest > 0 && longer > (int)longest ? (double)longest / longer : 1;
    PIX *colour = pixConvertTo32(picture);
    if (colour == NULL) return WORKER_NO_MEMORY;
    // Before it becomes smaller, so that what is to be hidden is hidden to its edge.
    for (size_t index = 0; index < count; index++) {
        const struct ocr_rectangle *one = &rectangles[index];
        if (!one->is_filled || one->left >= one->right || one->top >= one->bottom) continue;
        BOX *box = boxCreate((int)one->left, (int)one->top, (int)(one->right - one->left), (int)(one->bottom - one->top));
        if (box != NULL) pixSetInRectArbitrary(colour, box, one->colour << 8);
        boxDestroy(&box);
    }
    if (scale < 1) {
        PIX *small = pixScaleAreaMap(colour, (float)scale, (float)scale);
        pixDestroy(&colour);
        colour = small;
        if (colour == NULL) return WORKER_NO_MEMORY;
    }
    for (size_t index = 0; index < count; index++) {
        const struct ocr_rectangle *one = &rectangles[index];
        int left = (int)(one->left * scale) - 2, top = (int)(one->top * scale) - 2;
        int right = (int)(one->right * scale) + 2, bottom = (int)(one->bottom * scale) + 2;
        if (left >= right || top >= bottom) continue;
        BOX *box = boxCreate(left < 0 ? 0 : left, top < 0 ? 0 : top, right - (left < 0 ? 0 : left), bottom - (top < 0 ? 0 : top));
        if (box != NULL) {
            pixRenderBoxArb(colour, box, 2, one->colour >> 16 & 255, one->colour >> 8 & 255, one->colour & 255);
        }
        boxDestroy(&box);
    }
    l_uint8 *data = NULL;
    size_t size = 0;
    int failed = pixWriteMemPng(&data, &size, colour, 0);
    pixDestroy(&colour);
    if (failed || data == NULL) { free(data); return WORKER_NO_MEMORY; }
    int done = worker_append(answer, data, size);
    free(data);
    return done ? WORKER_DONE : WORKER_NO_MEMORY;
}
