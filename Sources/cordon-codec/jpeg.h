// What the four builds of the Independent JPEG Group's library do alike: libjpeg-turbo for DCT with 8 bits, and GDCM's
// for DCT with 12 and for lossless with 8, 12 and 16.
#ifndef CORDON_JPEG_H
#define CORDON_JPEG_H

#include "codec.h"

#define JPEG_BUILD(name)                                                                                                \
    uint32_t name##_decode(const uint8_t *, size_t, struct codec_image *, struct worker_bytes *);                       \
    uint32_t name##_encode(const uint8_t *, size_t, struct codec_image *, struct worker_bytes *);                       \
    uint32_t name##_black_out(const uint8_t *, size_t, const struct codec_blackout *, struct codec_image *,            \
                              struct worker_bytes *);

JPEG_BUILD(turbo)
JPEG_BUILD(gdcm8)
JPEG_BUILD(gdcm12)
JPEG_BUILD(gdcm16)

#endif
