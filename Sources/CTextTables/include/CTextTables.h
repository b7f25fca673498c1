// Coded character sets and Unicode mappings as constant tables. Every function takes and gives numbers, accepts any
// argument, and answers 0 for what is not there: nothing here can be misused from Swift.
#pragma once
#include <stdint.h>

// The Unicode scalar of a code in a set; sets are numbered as in tables.c. A code is one byte from 0xA0, or two bytes.
uint32_t text_scalar(uint32_t set, uint32_t code);

// The code of a scalar in a set.
uint32_t text_code(uint32_t set, uint32_t scalar);

// GB 18030's four bytes, as one number, for a scalar and back.
uint32_t text_scalar_of_four_bytes(uint32_t code);
uint32_t text_four_bytes_of_scalar(uint32_t scalar);

// Canonical decomposition, first scalar in the upper half; the lower half is 0 when there is only one. No Hangul.
uint64_t text_decomposition(uint32_t scalar);
// Primary composite of two scalars. No Hangul.
uint32_t text_composition(uint32_t first, uint32_t second);
uint32_t text_combining_class(uint32_t scalar);
// Full case folding: up to three scalars of 21 bits each, the first lowest.
uint64_t text_case_folding(uint32_t scalar);
