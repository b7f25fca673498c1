#include "CTextTables.h"
#include "tables.h"

uint32_t text_scalar(uint32_t set, uint32_t code) {
    if (set >= text_coded_set_count) return 0;
    const struct coded_set *s = &text_coded_sets[set];
    uint32_t high = code >> 8, low = code & 0xFF, index;
    if (code > 0xFFFF) return 0;
    if (s->width == 96) {
        if (code < 0xA0 || code > 0xFF) return 0;
        index = code - 0xA0;
    } else if (s->width == 94) {
        if (high < 0x21 || high > 0x7E || low < 0x21 || low > 0x7E) return 0;
        index = (high - 0x21) * 94 + (low - 0x21);
    } else {
        if (high < 0x81 || high > 0xFE || low < 0x40 || low == 0x7F || low > 0xFE) return 0;
        index = (high - 0x81) * 190 + (low - 0x40 - (low > 0x7F));
    }
    return index < s->count ? s->scalars[index] : 0;
}

uint32_t text_code(uint32_t set, uint32_t scalar) {
    if (set >= text_coded_set_count) return 0;
    const struct coded_set *s = &text_coded_sets[set];
    uint32_t low = 0, high = s->code_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2, found = text_scalar(set, s->codes[middle]);
        if (found == scalar) return s->codes[middle];
        if (found < scalar) low = middle + 1; else high = middle;
    }
    return 0;
}

// Codes of the BMP are numbered 0 to 39419; those beyond it begin at 189000 (0x90308130).
// 0x8135F437 is the one code that the edition of 2005 gave away.
enum { bmp_codes = 39420, supplementary = 189000, moved_code = 0x8135F437, moved_scalar = 0xE7C7 };

uint32_t text_scalar_of_four_bytes(uint32_t code) {
    uint32_t a = code >> 24, b = code >> 16 & 0xFF, c = code >> 8 & 0xFF, d = code & 0xFF;
    if (a < 0x81 || a > 0xFE || b < 0x30 || b > 0x39 || c < 0x81 || c > 0xFE || d < 0x30 || d > 0x39) return 0;
    if (code == moved_code) return moved_scalar;
    uint32_t linear = (((a - 0x81) * 10 + (b - 0x30)) * 126 + (c - 0x81)) * 10 + (d - 0x30);
    if (linear >= supplementary) {
        uint32_t scalar = linear - supplementary + 0x10000;
        return scalar <= 0x10FFFF ? scalar : 0;
    }
    if (linear >= bmp_codes) return 0;
    uint32_t low = 0, high = text_four_byte_ranges_count;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (text_four_byte_ranges[middle].key <= linear) low = middle; else high = middle;
    }
    return text_four_byte_ranges[low].value + (linear - text_four_byte_ranges[low].key);
}

uint32_t text_four_bytes_of_scalar(uint32_t scalar) {
    uint32_t linear;
    if (scalar == moved_scalar) return moved_code;
    if (scalar < 0x80 || scalar > 0x10FFFF || (scalar >= 0xD800 && scalar <= 0xDFFF)) return 0;
    if (scalar >= 0x10000) {
        linear = scalar - 0x10000 + supplementary;
    } else {
        uint32_t low = 0, high = text_four_byte_ranges_count;
        while (high - low > 1) {
            uint32_t middle = (low + high) / 2;
            if (text_four_byte_ranges[middle].value <= scalar) low = middle; else high = middle;
        }
        linear = text_four_byte_ranges[low].key + (scalar - text_four_byte_ranges[low].value);
        uint32_t end = low + 1 < text_four_byte_ranges_count ? text_four_byte_ranges[low + 1].key : bmp_codes;
        if (linear >= end) return 0;
    }
    uint32_t d = linear % 10 + 0x30, c = linear / 10 % 126 + 0x81;
    uint32_t b = linear / 1260 % 10 + 0x30, a = linear / 12600 + 0x81;
    return a << 24 | b << 16 | c << 8 | d;
}

static uint32_t lower_bound(const struct triple *triples, uint32_t count, uint32_t a, uint32_t b) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const struct triple *t = &triples[middle];
        if (t->a < a || (t->a == a && t->b < b)) low = middle + 1; else high = middle;
    }
    return low;
}

uint64_t text_decomposition(uint32_t scalar) {
    uint32_t at = lower_bound(text_decompositions, text_decompositions_count, scalar, 0);
    if (at >= text_decompositions_count || text_decompositions[at].a != scalar) return 0;
    return (uint64_t)text_decompositions[at].b << 32 | text_decompositions[at].c;
}

uint32_t text_composition(uint32_t first, uint32_t second) {
    uint32_t at = lower_bound(text_compositions, text_compositions_count, first, second);
    if (at >= text_compositions_count || text_compositions[at].a != first || text_compositions[at].b != second) return 0;
    return text_compositions[at].c;
}

uint32_t text_combining_class(uint32_t scalar) {
    // The last range that begins at or before the scalar.
    uint32_t low = 0, high = text_combining_classes_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (text_combining_classes[middle].a <= scalar) low = middle + 1; else high = middle;
    }
    if (low == 0 || text_combining_classes[low - 1].b < scalar) return 0;
    return text_combining_classes[low - 1].c;
}

uint64_t text_case_folding(uint32_t scalar) {
    uint32_t low = 0, high = text_case_foldings_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (text_case_foldings[middle].scalar < scalar) low = middle + 1; else high = middle;
    }
    if (low >= text_case_foldings_count || text_case_foldings[low].scalar != scalar) return 0;
    const struct folding *f = &text_case_foldings[low];
    return (uint64_t)f->to[2] << 42 | (uint64_t)f->to[1] << 21 | f->to[0];
}
