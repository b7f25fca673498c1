// What a codec is asked for and answers. The numbers of requests and answers are those of `Codec` in PixelCleaning.
#ifndef CORDON_CODEC_H
#define CORDON_CODEC_H

#include "worker.h"

enum codec_operation {
    CODEC_DECODE = 1,
    CODEC_ENCODE = 2,
    CODEC_BLACK_OUT = 3,
    // Nothing in; out what decodes and codes: versions of libraries.
    CODEC_DESCRIBE = 4,
    // For tests: does what it is ended for; comes to an end; tries what it must not be able to do.
    CODEC_OVERSTEP = 97,
    CODEC_ABORT = 98,
    CODEC_PROVE = 99,
};
enum codec_family { CODEC_JPEG = 1, CODEC_JPEG_LS = 2, CODEC_JPEG_2000 = 3 };

// How a frame is coded.
enum codec_coding {
    CODING_DCT = 1,           // JPEG baseline, extended, progressive
    CODING_LOSSLESS = 2,      // JPEG lossless, JPEG-LS with NEAR 0, JPEG 2000 with the reversible transformation
    CODING_NEAR_LOSSLESS = 3, // JPEG-LS
    CODING_IRREVERSIBLE = 4,  // JPEG 2000
};

// The components of a frame as they are in the stream.
enum codec_colour { COLOUR_OTHER = 0, COLOUR_GREY = 1, COLOUR_RGB = 2, COLOUR_YCBCR = 3 };

// A frame in memory: samples pixel by pixel, of one byte up to 8 bits, else of two, the lower first.
struct codec_image {
    uint32_t columns, rows, samples, bits;
    uint32_t is_signed, coding, colour;
    // What is needed to code it in the same way: JPEG lossless: predictor and point transform; JPEG-LS: interleaving;
    // JPEG 2000: levels of resolution and colour transformation.
    uint32_t first, second;
    // Largest number of samples that is decoded: the caller knows how many there should be.
    uint64_t most;
};

// What decodes and codes, in words, ended by 0; 0 when that cannot be told.
int codec_describe(char *text, size_t room);

uint32_t jpeg_decode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer);
uint32_t jpeg_encode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer);

// Blocks of the coded frame that touch any of the rectangles get one value: darkest (or brightest) for the component, or
// the middle for colour differences.
struct codec_rectangle { uint32_t left, top, right, bottom; };
struct codec_blackout {
    const struct codec_rectangle *rectangles;
    uint32_t count;
    uint32_t is_bright;
    // Whether components behind the first are colour differences; else they are like the first.
    uint32_t has_differences;
};
uint32_t jpeg_black_out(const uint8_t *bytes, size_t count, const struct codec_blackout *blackout,
                        struct codec_image *image, struct worker_bytes *answer);

uint32_t jpeg_ls_decode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer);
uint32_t jpeg_ls_encode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer);
uint32_t jpeg_2000_decode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer);
uint32_t jpeg_2000_encode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer);

// Whether the size is one that can be, and no more samples than are wanted; the bytes of one sample then, else 0.
static inline size_t codec_sample_bytes(const struct codec_image *image) {
    if (image->columns == 0 || image->rows == 0 || image->columns > 65535 || image->rows > 65535) return 0;
    if (image->samples == 0 || image->samples > 4 || image->bits == 0 || image->bits > 16) return 0;
    uint64_t all = (uint64_t)image->columns * image->rows * image->samples;
    if (all > image->most) return 0;
    return image->bits > 8 ? 2 : 1;
}

#endif
