// JPEG-LS (ISO/IEC 14495-1) by CharLS.
#include "codec.h"

#include <charls/charls.h>
#include <stdlib.h>
#include <string.h>

static uint32_t status_of(charls_jpegls_errc error) {
    switch (error) {
    case CHARLS_JPEGLS_ERRC_SUCCESS: return WORKER_DONE;
    case CHARLS_JPEGLS_ERRC_NOT_ENOUGH_MEMORY: return WORKER_NO_MEMORY;
    case CHARLS_JPEGLS_ERRC_ENCODING_NOT_SUPPORTED:
    case CHARLS_JPEGLS_ERRC_PARAMETER_VALUE_NOT_SUPPORTED:
    case CHARLS_JPEGLS_ERRC_COLOR_TRANSFORM_NOT_SUPPORTED:
    case CHARLS_JPEGLS_ERRC_JPEGLS_PRESET_EXTENDED_PARAMETER_TYPE_NOT_SUPPORTED: return WORKER_UNSUPPORTED;
    default: return WORKER_DAMAGED;
    }
}

// Planes one behind the other, as CharLS has them where components are not interleaved, from pixels, or the way back.
static int rearrange(uint8_t *bytes, const struct codec_image *image, size_t sample, int to_pixels) {
    size_t pixels = (size_t)image->columns * image->rows, samples = image->samples;
    uint8_t *copy = malloc(pixels * samples * sample);
    if (copy == NULL) return 0;
    memcpy(copy, bytes, pixels * samples * sample);
    for (size_t component = 0; component < samples; component++) {
        for (size_t pixel = 0; pixel < pixels; pixel++) {
            size_t plane = (component * pixels + pixel) * sample, place = (pixel * samples + component) * sample;
            memcpy(bytes + (to_pixels ? place : plane), copy + (to_pixels ? plane : place), sample);
        }
    }
    free(copy);
    return 1;
}

static uint32_t decode(charls_jpegls_decoder *decoder, const uint8_t *bytes, size_t count, struct codec_image *image,
                       struct worker_bytes *answer) {
    charls_frame_info info;
    charls_interleave_mode mode;
    int32_t near = 0;
    charls_jpegls_errc error = charls_jpegls_decoder_set_source_buffer(decoder, bytes, count);
    if (error == 0) error = charls_jpegls_decoder_read_header(decoder);
    if (error == 0) error = charls_jpegls_decoder_get_frame_info(decoder, &info);
    if (error == 0) error = charls_jpegls_decoder_get_interleave_mode(decoder, &mode);
    if (error == 0) error = charls_jpegls_decoder_get_near_lossless(decoder, 0, &near);
    if (error != 0) return status_of(error);
    image->columns = info.width;
    image->rows = info.height;
    image->samples = (uint32_t)info.component_count;
    image->bits = (uint32_t)info.bits_per_sample;
    image->coding = near == 0 ? CODING_LOSSLESS : CODING_NEAR_LOSSLESS;
    image->colour = image->samples == 1 ? COLOUR_GREY : COLOUR_OTHER;
    image->first = (uint32_t)mode;
    size_t sample = codec_sample_bytes(image);
    if (sample == 0) return WORKER_TOO_LARGE;
    size_t size = (size_t)image->columns * image->rows * image->samples * sample, needed = 0;
    error = charls_jpegls_decoder_get_destination_size(decoder, 0, &needed);
    if (error != 0) return status_of(error);
    if (needed != size) return WORKER_UNSUPPORTED;
    if (!worker_reserve(answer, size)) return WORKER_NO_MEMORY;
    error = charls_jpegls_decoder_decode_to_buffer(decoder, answer->data, size, 0);
    if (error != 0) return status_of(error);
    answer->count = size;
    if (image->samples > 1 && mode == CHARLS_INTERLEAVE_MODE_NONE && !rearrange(answer->data, image, sample, 1)) {
        return WORKER_NO_MEMORY;
    }
    return WORKER_DONE;
}

uint32_t jpeg_ls_decode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer) {
    charls_jpegls_decoder *decoder = charls_jpegls_decoder_create();
    if (decoder == NULL) return WORKER_NO_MEMORY;
    uint32_t status = decode(decoder, bytes, count, image, answer);
    charls_jpegls_decoder_destroy(decoder);
    return status;
}

static uint32_t encode(charls_jpegls_encoder *encoder, uint8_t *bytes, size_t count, const struct codec_image *image,
                       struct worker_bytes *answer) {
    charls_frame_info info = {
        .width = image->columns, .height = image->rows, .bits_per_sample = (int32_t)image->bits,
        .component_count = (int32_t)image->samples,
    };
    charls_interleave_mode mode = (charls_interleave_mode)(image->samples == 1 ? 0 : image->first);
    size_t sample = codec_sample_bytes(image), size = 0, written = 0;
    if (image->samples > 1 && mode == CHARLS_INTERLEAVE_MODE_NONE && !rearrange(bytes, image, sample, 0)) {
        return WORKER_NO_MEMORY;
    }
    charls_jpegls_errc error = charls_jpegls_encoder_set_frame_info(encoder, &info);
    if (error == 0) error = charls_jpegls_encoder_set_near_lossless(encoder, 0);
    if (error == 0) error = charls_jpegls_encoder_set_interleave_mode(encoder, mode);
    if (error == 0) error = charls_jpegls_encoder_get_estimated_destination_size(encoder, &size);
    if (error != 0) return status_of(error);
    // Noise can become longer than it was.
    size += size / 2 + 1024;
    if (!worker_reserve(answer, size)) return WORKER_NO_MEMORY;
    error = charls_jpegls_encoder_set_destination_buffer(encoder, answer->data, size);
    if (error == 0) error = charls_jpegls_encoder_encode_from_buffer(encoder, bytes, count, 0);
    if (error == 0) error = charls_jpegls_encoder_get_bytes_written(encoder, &written);
    if (error != 0) return status_of(error);
    answer->count = written;
    return WORKER_DONE;
}

uint32_t jpeg_ls_encode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer) {
    charls_jpegls_encoder *encoder = charls_jpegls_encoder_create();
    if (encoder == NULL) return WORKER_NO_MEMORY;
    // The request is ours to change.
    uint32_t status = encode(encoder, (uint8_t *)bytes, count, image, answer);
    charls_jpegls_encoder_destroy(encoder);
    return status;
}
