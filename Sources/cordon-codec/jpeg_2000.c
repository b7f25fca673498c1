// JPEG 2000 (ISO/IEC 15444-1) by OpenJPEG, from memory and to memory.
#include "codec.h"

#include <openjpeg.h>
#include <stdlib.h>
#include <string.h>

struct source { const uint8_t *bytes; size_t count, position; };

static OPJ_SIZE_T source_read(void *to, OPJ_SIZE_T wanted, void *data) {
    struct source *source = data;
    size_t rest = source->count - source->position, part = wanted < rest ? wanted : rest;
    if (part == 0) return (OPJ_SIZE_T)-1;
    memcpy(to, source->bytes + source->position, part);
    source->position += part;
    return part;
}

static OPJ_OFF_T source_skip(OPJ_OFF_T wanted, void *data) {
    struct source *source = data;
    if (wanted < 0 || (size_t)wanted > source->count - source->position) return -1;
    source->position += (size_t)wanted;
    return wanted;
}

static OPJ_BOOL source_seek(OPJ_OFF_T position, void *data) {
    struct source *source = data;
    if (position < 0 || (size_t)position > source->count) return OPJ_FALSE;
    source->position = (size_t)position;
    return OPJ_TRUE;
}

// Where a coder writes: it may go back.
struct target { struct worker_bytes *bytes; size_t position; };

static OPJ_SIZE_T target_write(void *from, OPJ_SIZE_T count, void *data) {
    struct target *target = data;
    size_t end = target->position + count;
    if (end > target->bytes->count) {
        size_t capacity = target->bytes->capacity < end ? end + end / 2 + 4096 : target->bytes->capacity;
        if (!worker_reserve(target->bytes, capacity)) return (OPJ_SIZE_T)-1;
        target->bytes->count = end;
    }
    memcpy(target->bytes->data + target->position, from, count);
    target->position = end;
    return count;
}

static OPJ_BOOL target_seek(OPJ_OFF_T position, void *data) {
    struct target *target = data;
    if (position < 0 || (size_t)position > target->bytes->count) return OPJ_FALSE;
    target->position = (size_t)position;
    return OPJ_TRUE;
}

static OPJ_OFF_T target_skip(OPJ_OFF_T count, void *data) {
    struct target *target = data;
    return target_seek((OPJ_OFF_T)target->position + count, data) ? count : -1;
}

static void quiet(const char *message, void *data) { (void)message; (void)data; }

static uint64_t number(const uint8_t *bytes, size_t count) {
    uint64_t value = 0;
    for (size_t index = 0; index < count; index++) value = value << 8 | bytes[index];
    return value;
}

// Where the stream begins in the file format (I.4); the end of the bytes where there is none.
static size_t stream_start(const uint8_t *bytes, size_t count) {
    size_t at = 0;
    while (count - at >= 8) {
        uint64_t length = number(bytes + at, 4);
        size_t header = 8;
        if (length == 1) {
            if (count - at < 16) return count;
            length = number(bytes + at + 8, 8);
            header = 16;
        }
        if (memcmp(bytes + at + 4, "jp2c", 4) == 0) return at + header;
        if (length < header || length > count - at) return count;
        at += (size_t)length;
    }
    return count;
}

// Whether every component of every tile has the reversible transformation. Any header may say another one for a tile or a
// component (A.6.1, A.6.2), and the library tells of the main one alone. What cannot be followed has it not.
static int is_reversible(const uint8_t *bytes, size_t count, int is_boxed) {
    size_t at = is_boxed ? stream_start(bytes, count) : 0, part_end = 0;
    if (count - at < 2 || number(bytes + at, 2) != 0xFF4F) return 0;
    at += 2;
    while (count - at >= 2) {
        uint64_t marker = number(bytes + at, 2);
        if (marker == 0xFFD9) return 1;
        if (marker == 0xFF93) {
            // Data, to the end of the part of the tile.
            if (part_end <= at) return 0;
            at = part_end;
            continue;
        }
        if (count - at < 4) return 0;
        size_t length = (size_t)number(bytes + at + 2, 2);
        if (length < 2 || length > count - at - 2) return 0;
        switch (marker) {
        case 0xFF90: {
            if (length < 10) return 0;
            uint64_t part = number(bytes + at + 6, 4);
            part_end = part == 0 || part > count - at ? count : at + (size_t)part;
            break;
        }
        case 0xFF52:
            if (length < 12 || bytes[at + 13] != 1) return 0;
            break;
        case 0xFF53:
            if (length < 9 || bytes[at + 10] != 1) return 0;
            break;
        default: break;
        }
        at += 2 + length;
    }
    return 1;
}

static uint32_t take_size(const opj_image_t *from, opj_codec_t *codec, int is_reversible, struct codec_image *image) {
    if (from->numcomps == 0 || from->numcomps > 4) return WORKER_UNSUPPORTED;
    const opj_image_comp_t *first = &from->comps[0];
    for (OPJ_UINT32 index = 0; index < from->numcomps; index++) {
        const opj_image_comp_t *component = &from->comps[index];
        int is_alike = component->w == first->w && component->h == first->h && component->prec == first->prec
            && component->sgnd == first->sgnd && component->dx == 1 && component->dy == 1;
        if (!is_alike) return WORKER_UNSUPPORTED;
    }
    image->columns = first->w;
    image->rows = first->h;
    image->samples = from->numcomps;
    image->bits = first->prec;
    image->is_signed = first->sgnd;
    opj_codestream_info_v2_t *info = opj_get_cstr_info(codec);
    if (info == NULL || info->m_default_tile_info.tccp_info == NULL) return WORKER_UNSUPPORTED;
    image->coding = is_reversible ? CODING_LOSSLESS : CODING_IRREVERSIBLE;
    for (OPJ_UINT32 index = 0; index < from->numcomps; index++) {
        if (info->m_default_tile_info.tccp_info[index].qmfbid != 1) image->coding = CODING_IRREVERSIBLE;
    }
    image->first = info->m_default_tile_info.tccp_info[0].numresolutions;
    image->second = info->m_default_tile_info.mct;
    opj_destroy_cstr_info(&info);
    // OpenJPEG undoes the colour transformation.
    image->colour = image->samples == 1 ? COLOUR_GREY : image->second ? COLOUR_RGB : COLOUR_OTHER;
    return codec_sample_bytes(image) == 0 ? WORKER_TOO_LARGE : WORKER_DONE;
}

static uint32_t take_samples(const opj_image_t *from, const struct codec_image *image, struct worker_bytes *answer) {
    size_t pixels = (size_t)image->columns * image->rows, sample = codec_sample_bytes(image);
    // A palette of the file format makes other components of those that the stream has.
    if (from->numcomps != image->samples) return WORKER_UNSUPPORTED;
    for (uint32_t index = 0; index < image->samples; index++) {
        const opj_image_comp_t *component = &from->comps[index];
        if (component->prec != image->bits) return WORKER_UNSUPPORTED;
        if (component->data == NULL || component->w != image->columns || component->h != image->rows) {
            return WORKER_DAMAGED;
        }
    }
    if (!worker_reserve(answer, pixels * image->samples * sample)) return WORKER_NO_MEMORY;
    uint8_t *to = answer->data;
    for (size_t pixel = 0; pixel < pixels; pixel++) {
        for (uint32_t index = 0; index < image->samples; index++) {
            uint32_t value = (uint32_t)from->comps[index].data[pixel];
            *to++ = (uint8_t)value;
            if (sample == 2) *to++ = (uint8_t)(value >> 8);
        }
    }
    answer->count = pixels * image->samples * sample;
    return WORKER_DONE;
}

uint32_t jpeg_2000_decode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer) {
    static const uint8_t box[] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
    int is_boxed = count > sizeof(box) && memcmp(bytes, box, sizeof(box)) == 0;
    struct source source = {.bytes = bytes, .count = count};
    opj_codec_t *codec = opj_create_decompress(is_boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    opj_stream_t *stream = opj_stream_create(64 << 10, OPJ_TRUE);
    opj_image_t *from = NULL;
    uint32_t status = WORKER_NO_MEMORY;
    if (codec != NULL && stream != NULL) {
        opj_stream_set_read_function(stream, source_read);
        opj_stream_set_skip_function(stream, source_skip);
        opj_stream_set_seek_function(stream, source_seek);
        opj_stream_set_user_data(stream, &source, NULL);
        opj_stream_set_user_data_length(stream, count);
        opj_set_error_handler(codec, quiet, NULL);
        opj_set_warning_handler(codec, quiet, NULL);
        opj_set_info_handler(codec, quiet, NULL);
        opj_dparameters_t parameters;
        opj_set_default_decoder_parameters(&parameters);
        status = WORKER_DAMAGED;
        if (opj_setup_decoder(codec, &parameters) && opj_decoder_set_strict_mode(codec, OPJ_TRUE)
            && opj_read_header(stream, codec, &from)) {
            status = take_size(from, codec, is_reversible(bytes, count, is_boxed), image);
            if (status == WORKER_DONE && !opj_decode(codec, stream, from)) status = WORKER_DAMAGED;
            // Some writers leave the end of the stream out; all of the picture is there then.
            if (status == WORKER_DONE) status = take_samples(from, image, answer);
        }
    }
    if (from != NULL) opj_image_destroy(from);
    if (stream != NULL) opj_stream_destroy(stream);
    if (codec != NULL) opj_destroy_codec(codec);
    return status;
}

static opj_image_t *image_of(const uint8_t *bytes, const struct codec_image *image) {
    opj_image_cmptparm_t parameters[4];
    memset(parameters, 0, sizeof(parameters));
    for (uint32_t index = 0; index < image->samples; index++) {
        parameters[index] = (opj_image_cmptparm_t){
            .dx = 1, .dy = 1, .w = image->columns, .h = image->rows, .prec = image->bits, .sgnd = image->is_signed,
        };
    }
    opj_image_t *to = opj_image_create(image->samples, parameters,
                                       image->samples == 1 ? OPJ_CLRSPC_GRAY : OPJ_CLRSPC_SRGB);
    if (to == NULL) return NULL;
    to->x1 = image->columns;
    to->y1 = image->rows;
    size_t pixels = (size_t)image->columns * image->rows, sample = codec_sample_bytes(image);
    uint32_t sign = image->is_signed ? 1u << (image->bits - 1) : 0, mask = (1u << image->bits) - 1;
    for (size_t pixel = 0; pixel < pixels; pixel++) {
        for (uint32_t index = 0; index < image->samples; index++) {
            uint32_t value = *bytes++;
            if (sample == 2) value |= (uint32_t)*bytes++ << 8;
            value &= mask;
            to->comps[index].data[pixel] = (int32_t)(value ^ sign) - (int32_t)sign;
        }
    }
    return to;
}

uint32_t jpeg_2000_encode(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer) {
    (void)count;
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.irreversible = 0;
    parameters.tcp_numlayers = 1;
    parameters.tcp_rates[0] = 0;
    parameters.cp_disto_alloc = 1;
    parameters.tcp_mct = image->second != 0 && image->samples >= 3;
    // As many levels as before, and no more than the picture has room for.
    uint32_t smaller = image->columns < image->rows ? image->columns : image->rows;
    int levels = image->first == 0 || image->first > 33 ? 6 : (int)image->first;
    while (levels > 1 && (smaller >> (levels - 1)) == 0) levels--;
    parameters.numresolution = levels;

    struct target target = {.bytes = answer};
    opj_image_t *from = image_of(bytes, image);
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
    opj_stream_t *stream = opj_stream_create(64 << 10, OPJ_FALSE);
    uint32_t status = WORKER_NO_MEMORY;
    if (from != NULL && codec != NULL && stream != NULL) {
        opj_stream_set_write_function(stream, target_write);
        opj_stream_set_seek_function(stream, target_seek);
        opj_stream_set_skip_function(stream, target_skip);
        opj_stream_set_user_data(stream, &target, NULL);
        opj_set_error_handler(codec, quiet, NULL);
        opj_set_warning_handler(codec, quiet, NULL);
        opj_set_info_handler(codec, quiet, NULL);
        int is_coded = opj_setup_encoder(codec, &parameters, from) && opj_start_compress(codec, from, stream)
            && opj_encode(codec, stream) && opj_end_compress(codec, stream);
        status = is_coded ? WORKER_DONE : WORKER_UNSUPPORTED;
    }
    if (stream != NULL) opj_stream_destroy(stream);
    if (codec != NULL) opj_destroy_codec(codec);
    if (from != NULL) opj_image_destroy(from);
    return status;
}
