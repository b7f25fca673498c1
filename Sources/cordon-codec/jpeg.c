// JPEG (ISO/IEC 10918-1): which build of the library a frame is for, by its frame header (B.2.2).
#include "jpeg.h"

struct frame_header { unsigned marker, bits; };

// 0 when there is none.
static int find_frame(const uint8_t *bytes, size_t count, struct frame_header *frame) {
    size_t position = 0;
    if (count < 4 || bytes[0] != 0xFF || bytes[1] != 0xD8) return 0;
    position = 2;
    while (position + 4 <= count) {
        if (bytes[position] != 0xFF) return 0;
        unsigned marker = bytes[position + 1];
        if (marker == 0xFF) { position++; continue; }
        if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) { position += 2; continue; }
        if (marker == 0xD9 || marker == 0xDA) return 0;
        size_t length = (size_t)bytes[position + 2] << 8 | bytes[position + 3];
        if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
            if (position + 5 > count) return 0;
            frame->marker = marker;
            frame->bits = bytes[position + 4];
            return 1;
        }
        if (length < 2) return 0;
        position += 2 + length;
    }
    return 0;
}

uint32_t jpeg_decode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer) {
    struct frame_header frame;
    if (!find_frame(bytes, count, &frame)) return WORKER_DAMAGED;
    switch (frame.marker) {
    case 0xC0: case 0xC1: case 0xC2:
        if (frame.bits == 8) return turbo_decode(bytes, count, image, answer);
        return frame.bits == 12 ? gdcm12_decode(bytes, count, image, answer) : WORKER_DAMAGED;
    case 0xC3:
        if (frame.bits <= 8) return gdcm8_decode(bytes, count, image, answer);
        if (frame.bits <= 12) return gdcm12_decode(bytes, count, image, answer);
        return gdcm16_decode(bytes, count, image, answer);
    default: return WORKER_UNSUPPORTED;
    }
}

uint32_t jpeg_encode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer) {
    // Each build codes samples of its own number of bits alone: others are coded as the next larger ones, which they are.
    image->bits = image->bits <= 8 ? 8 : image->bits <= 12 ? 12 : 16;
    if (image->bits <= 8) return gdcm8_encode(bytes, count, image, answer);
    if (image->bits <= 12) return gdcm12_encode(bytes, count, image, answer);
    return gdcm16_encode(bytes, count, image, answer);
}

uint32_t jpeg_black_out(const uint8_t *bytes, size_t count, const struct codec_blackout *blackout,
                        struct codec_image *image, struct worker_bytes *answer) {
    struct frame_header frame;
    if (!find_frame(bytes, count, &frame)) return WORKER_DAMAGED;
    // Baseline and extended; progressive frames of 8 bits stay progressive.
    switch (frame.marker) {
    case 0xC0: case 0xC1: case 0xC2:
        if (frame.bits == 8) return turbo_black_out(bytes, count, blackout, image, answer);
        if (frame.bits == 12 && frame.marker != 0xC2) return gdcm12_black_out(bytes, count, blackout, image, answer);
        return WORKER_UNSUPPORTED;
    default: return WORKER_UNSUPPORTED;
    }
}
