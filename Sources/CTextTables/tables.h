// What tables.c holds and lookup.c reads. Not for Swift: arrays of this size stay behind functions.
#pragma once
#include <stdint.h>

struct pair { uint16_t key, value; };
struct triple { uint32_t a, b, c; };
struct folding { uint32_t scalar, to[3]; };

struct coded_set {
    const uint16_t *scalars;
    uint32_t count;
    // 96: one byte from 0xA0. 94: rows and cells from 0x21. 190: lead from 0x81, trail from 0x40 without 0x7F.
    uint32_t width;
    // In the order of their scalars.
    const uint16_t *codes;
    uint32_t code_count;
};

extern const struct coded_set text_coded_sets[];
extern const uint32_t text_coded_set_count;
extern const struct pair text_four_byte_ranges[];
extern const uint32_t text_four_byte_ranges_count;
extern const struct triple text_decompositions[], text_compositions[], text_combining_classes[];
extern const uint32_t text_decompositions_count, text_compositions_count, text_combining_classes_count;
extern const struct folding text_case_foldings[];
extern const uint32_t text_case_foldings_count;
