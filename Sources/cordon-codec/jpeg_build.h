// Included by one file for each build of the library, behind its `jpeglib.h`; JPEG_NAME(x) is a name of that build, and
// JPEG_IS_GDCM is 1 where lossless coding is part of it.
#include "jpeg.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct failure {
    struct jpeg_error_mgr manager;
    jmp_buf back;
    // Whether the library made something up.
    int is_damaged;
    int is_memory;
};

static void stop(j_common_ptr common) {
    struct failure *failure = (struct failure *)common->err;
    failure->is_memory = common->err->msg_code == JERR_OUT_OF_MEMORY;
    longjmp(failure->back, 1);
}

static void mute(j_common_ptr common) { (void)common; }

// Bytes before a marker that are none of it, and a scan that does not say that it has all coefficients, are common and harm
// nobody; all other warnings are of damage.
static void note(j_common_ptr common, int level) {
    struct failure *failure = (struct failure *)common->err;
    int code = common->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_NOT_SEQUENTIAL) failure->is_damaged = 1;
}

static void watch(struct failure *failure) {
    memset(failure, 0, sizeof(*failure));
    jpeg_std_error(&failure->manager);
    failure->manager.error_exit = stop;
    failure->manager.output_message = mute;
    failure->manager.emit_message = note;
}

static uint32_t status_of(const struct failure *failure) {
    return failure->is_memory ? WORKER_NO_MEMORY : WORKER_DAMAGED;
}

// The same things under other names.
#if JPEG_IS_GDCM
#define BLOCKS_ACROSS width_in_data_units
#define BLOCKS_DOWN height_in_data_units
#define IS_PROGRESSIVE(info) ((info).process == JPROC_PROGRESSIVE)
#else
#define BLOCKS_ACROSS width_in_blocks
#define BLOCKS_DOWN height_in_blocks
#define IS_PROGRESSIVE(info) ((info).progressive_mode)
#endif

// MARK: From memory, to memory

static void source_begin(j_decompress_ptr info) { (void)info; }
static void source_end(j_decompress_ptr info) { (void)info; }

static boolean source_fill(j_decompress_ptr info) {
    // The stream ends too early: an end of image, and a warning that is damage.
    static const JOCTET end[2] = {0xFF, 0xD9};
    ((struct failure *)info->err)->is_damaged = 1;
    info->src->next_input_byte = end;
    info->src->bytes_in_buffer = sizeof(end);
    return TRUE;
}

static void source_skip(j_decompress_ptr info, long count) {
    if (count <= 0) return;
    if ((size_t)count > info->src->bytes_in_buffer) {
        source_fill(info);
    } else {
        info->src->next_input_byte += count;
        info->src->bytes_in_buffer -= (size_t)count;
    }
}

static void read_from(struct jpeg_source_mgr *source, const uint8_t *bytes, size_t count) {
    memset(source, 0, sizeof(*source));
    source->init_source = source_begin;
    source->fill_input_buffer = source_fill;
    source->skip_input_data = source_skip;
    source->resync_to_restart = jpeg_resync_to_restart;
    source->term_source = source_end;
    source->next_input_byte = bytes;
    source->bytes_in_buffer = count;
}

struct target {
    struct jpeg_destination_mgr manager;
    struct worker_bytes *bytes;
    JOCTET piece[16384];
};

static void target_begin(j_compress_ptr info) {
    struct target *target = (struct target *)info->dest;
    target->manager.next_output_byte = target->piece;
    target->manager.free_in_buffer = sizeof(target->piece);
}

static void target_add(j_compress_ptr info, size_t count) {
    struct target *target = (struct target *)info->dest;
    if (worker_append(target->bytes, target->piece, count)) return;
    ((struct failure *)info->err)->is_memory = 1;
    longjmp(((struct failure *)info->err)->back, 1);
}

static boolean target_empty(j_compress_ptr info) {
    target_add(info, sizeof(((struct target *)info->dest)->piece));
    target_begin(info);
    return TRUE;
}

static void target_end(j_compress_ptr info) {
    struct target *target = (struct target *)info->dest;
    target_add(info, sizeof(target->piece) - target->manager.free_in_buffer);
}

static void write_to(struct target *target, struct worker_bytes *bytes) {
    memset(&target->manager, 0, sizeof(target->manager));
    target->manager.init_destination = target_begin;
    target->manager.empty_output_buffer = target_empty;
    target->manager.term_destination = target_end;
    target->bytes = bytes;
}

// MARK: What a frame says of itself

static uint32_t take_size(j_decompress_ptr info, struct codec_image *image) {
    image->columns = info->image_width;
    image->rows = info->image_height;
    image->samples = (uint32_t)info->num_components;
    image->bits = (uint32_t)info->data_precision;
    image->coding = CODING_DCT;
#if JPEG_IS_GDCM
    if (info->process == JPROC_LOSSLESS) image->coding = CODING_LOSSLESS;
#endif
    switch (info->jpeg_color_space) {
    case JCS_GRAYSCALE: image->colour = COLOUR_GREY; break;
    case JCS_RGB: image->colour = COLOUR_RGB; break;
    case JCS_YCbCr: image->colour = COLOUR_YCBCR; break;
    default: image->colour = image->samples == 1 ? COLOUR_GREY : COLOUR_OTHER;
    }
    return codec_sample_bytes(image) == 0 ? WORKER_TOO_LARGE : WORKER_DONE;
}

// MARK: Decoding

uint32_t JPEG_NAME(decode)(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer) {
    struct jpeg_decompress_struct info;
    struct failure failure;
    struct jpeg_source_mgr source;
    JSAMPLE *volatile row = NULL;
    memset(&info, 0, sizeof(info));
    watch(&failure);
    info.err = &failure.manager;
    if (setjmp(failure.back)) {
        jpeg_destroy_decompress(&info);
        free(row);
        return status_of(&failure);
    }
    jpeg_create_decompress(&info);
    // It would put into files what does not fit.
    info.mem->max_memory_to_use = 1 << 30;
    read_from(&source, bytes, count);
    info.src = &source;
    jpeg_read_header(&info, TRUE);
    uint32_t status = take_size(&info, image);
    if (status != WORKER_DONE) {
        jpeg_destroy_decompress(&info);
        return status;
    }
    // Components as they are in the stream.
    info.out_color_space = info.jpeg_color_space;
    info.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&info);
    image->first = (uint32_t)info.Ss;
    image->second = (uint32_t)info.Al;
    size_t across = (size_t)image->columns * image->samples, sample = codec_sample_bytes(image);
    int is_fitting = info.output_width == image->columns && info.output_height == image->rows
        && (uint32_t)info.output_components == image->samples;
    row = malloc(across * sizeof(JSAMPLE));
    if (!is_fitting || row == NULL || !worker_reserve(answer, across * image->rows * sample)) {
        jpeg_destroy_decompress(&info);
        free(row);
        return is_fitting ? WORKER_NO_MEMORY : WORKER_UNSUPPORTED;
    }
    uint8_t *to = answer->data;
    while (info.output_scanline < info.output_height) {
        JSAMPROW rows[1] = {row};
        if (jpeg_read_scanlines(&info, rows, 1) != 1) break;
        for (size_t index = 0; index < across; index++) {
            unsigned value = (unsigned)row[index];
            *to++ = (uint8_t)value;
            if (sample == 2) *to++ = (uint8_t)(value >> 8);
        }
    }
    int is_whole = info.output_scanline == info.output_height;
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    free(row);
    answer->count = (size_t)(to - answer->data);
    return is_whole && !failure.is_damaged ? WORKER_DONE : WORKER_DAMAGED;
}

// MARK: Coding without loss

uint32_t JPEG_NAME(encode)(const uint8_t *bytes, size_t count, struct codec_image *image, struct worker_bytes *answer) {
#if JPEG_IS_GDCM
    struct jpeg_compress_struct info;
    struct failure failure;
    struct target *target = malloc(sizeof(*target));
    size_t across = (size_t)image->columns * image->samples, sample = codec_sample_bytes(image);
    JSAMPLE *row = malloc(across * sizeof(JSAMPLE));
    (void)count;
    if (target == NULL || row == NULL) {
        free(target);
        free(row);
        return WORKER_NO_MEMORY;
    }
    memset(&info, 0, sizeof(info));
    watch(&failure);
    info.err = &failure.manager;
    if (setjmp(failure.back)) {
        jpeg_destroy_compress(&info);
        free(target);
        free(row);
        return failure.is_memory ? WORKER_NO_MEMORY : WORKER_UNSUPPORTED;
    }
    jpeg_create_compress(&info);
    info.mem->max_memory_to_use = 1 << 30;
    write_to(target, answer);
    info.dest = &target->manager;
    info.image_width = image->columns;
    info.image_height = image->rows;
    info.input_components = (int)image->samples;
    J_COLOR_SPACE space = image->samples == 1 ? JCS_GRAYSCALE : image->samples != 3 ? JCS_UNKNOWN
        : image->colour == COLOUR_YCBCR ? JCS_YCbCr : image->colour == COLOUR_RGB ? JCS_RGB : JCS_UNKNOWN;
    info.in_color_space = space;
    jpeg_set_defaults(&info);
    info.data_precision = (int)image->bits;
    jpeg_simple_lossless(&info, image->first >= 1 && image->first <= 7 ? (int)image->first : 1, 0);
    jpeg_set_colorspace(&info, space);
    // It would say YCbCr of components of which nobody said so but the library, by their numbers.
    info.write_JFIF_header = FALSE;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        for (size_t index = 0; index < across; index++) {
            unsigned value = *bytes++;
            if (sample == 2) value |= (unsigned)*bytes++ << 8;
            row[index] = (JSAMPLE)value;
        }
        JSAMPROW rows[1] = {row};
        jpeg_write_scanlines(&info, rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    free(target);
    free(row);
    return WORKER_DONE;
#else
    (void)bytes; (void)count; (void)image; (void)answer;
    return WORKER_UNSUPPORTED;
#endif
}

// MARK: Blocks blacked among the coefficients

// Whether a rectangle touches samples of the picture.
static int is_touched(const struct codec_blackout *blackout, uint32_t left, uint32_t top, uint32_t right, uint32_t bottom) {
    for (uint32_t index = 0; index < blackout->count; index++) {
        const struct codec_rectangle *one = &blackout->rectangles[index];
        if (one->left < right && one->right > left && one->top < bottom && one->bottom > top) return 1;
    }
    return 0;
}

// A block of one value has that value times eight as its first coefficient, divided by its step (A.3.3, A.3.4). Rounded
// away from the middle: what is beyond black is black.
static JCOEF even_block(j_decompress_ptr info, jpeg_component_info *component, const struct codec_blackout *blackout) {
    int is_difference = blackout->has_differences && component != info->comp_info;
    if (is_difference || component->quant_table == NULL) return 0;
    int step = component->quant_table->quantval[0];
    if (step <= 0) return 0;
    int farthest = 8 << (info->data_precision - 1);
    int value = (farthest + step - 1) / step;
    if (blackout->is_bright) return (JCOEF)(value < farthest ? value : farthest - 1);
    return (JCOEF)-value;
}

uint32_t JPEG_NAME(black_out)(const uint8_t *bytes, size_t count, const struct codec_blackout *blackout,
                              struct codec_image *image, struct worker_bytes *answer) {
    struct jpeg_decompress_struct from;
    struct jpeg_compress_struct to;
    struct failure failure;
    struct jpeg_source_mgr source;
    struct target *target = malloc(sizeof(*target));
    if (target == NULL) return WORKER_NO_MEMORY;
    memset(&from, 0, sizeof(from));
    memset(&to, 0, sizeof(to));
    watch(&failure);
    from.err = &failure.manager;
    to.err = &failure.manager;
    if (setjmp(failure.back)) {
        jpeg_destroy_compress(&to);
        jpeg_destroy_decompress(&from);
        free(target);
        return status_of(&failure);
    }
    jpeg_create_decompress(&from);
    jpeg_create_compress(&to);
    from.mem->max_memory_to_use = 1 << 30;
    to.mem->max_memory_to_use = 1 << 30;
    read_from(&source, bytes, count);
    from.src = &source;
    jpeg_read_header(&from, TRUE);
    uint32_t status = take_size(&from, image);
    if (status == WORKER_DONE && image->coding != CODING_DCT) status = WORKER_UNSUPPORTED;
    if (status != WORKER_DONE) {
        jpeg_destroy_compress(&to);
        jpeg_destroy_decompress(&from);
        free(target);
        return status;
    }
    jvirt_barray_ptr *coefficients = jpeg_read_coefficients(&from);
    // Blocks of all components that share samples of the picture are blacked together: whole MCUs.
    uint32_t mcu_width = (uint32_t)from.max_h_samp_factor * 8, mcu_height = (uint32_t)from.max_v_samp_factor * 8;
    for (int index = 0; index < from.num_components; index++) {
        jpeg_component_info *component = &from.comp_info[index];
        JCOEF even = even_block(&from, component, blackout);
        JDIMENSION blocks_down = component->BLOCKS_DOWN, blocks_across = component->BLOCKS_ACROSS;
        for (JDIMENSION down = 0; down < blocks_down; down++) {
            uint32_t mcu_row = down / (uint32_t)component->v_samp_factor;
            JBLOCKARRAY rows = (*from.mem->access_virt_barray)(
                (j_common_ptr)&from, coefficients[index], down, 1, TRUE);
            for (JDIMENSION across = 0; across < blocks_across; across++) {
                uint32_t mcu = across / (uint32_t)component->h_samp_factor;
                if (!is_touched(blackout, mcu * mcu_width, mcu_row * mcu_height, (mcu + 1) * mcu_width,
                                (mcu_row + 1) * mcu_height)) continue;
                memset(rows[0][across], 0, sizeof(JBLOCK));
                rows[0][across][0] = even;
            }
        }
    }
    jpeg_copy_critical_parameters(&from, &to);
    // What the frame said of its colours, and no more: else the data set says it.
    to.write_JFIF_header = from.saw_JFIF_marker;
    to.write_Adobe_marker = from.saw_Adobe_marker;
    // The tables of the original may have no code for what is new.
    to.optimize_coding = TRUE;
    to.restart_interval = from.restart_interval;
    if (IS_PROGRESSIVE(from)) jpeg_simple_progression(&to);
    write_to(target, answer);
    to.dest = &target->manager;
    jpeg_write_coefficients(&to, coefficients);
    jpeg_finish_compress(&to);
    jpeg_finish_decompress(&from);
    jpeg_destroy_compress(&to);
    jpeg_destroy_decompress(&from);
    free(target);
    return failure.is_damaged ? WORKER_DAMAGED : WORKER_DONE;
}
