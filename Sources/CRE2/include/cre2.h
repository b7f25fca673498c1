// RE2 (linear-time regular expressions) for Swift: the calls that the rule language needs.
#ifndef CORDON_CRE2_H
#define CORDON_CRE2_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;

/// Compiles a UTF-8 pattern. Returns NULL when it is no RE2 pattern or would need more than `max_memory` bytes;
/// then `error` (of `error_size` bytes, always terminated) says why.
cre2_pattern *cre2_compile(const char *text, size_t length, bool case_sensitive, int64_t max_memory, char *error,
                           size_t error_size);
void cre2_free(cre2_pattern *pattern);
/// Whether the pattern is found anywhere in the UTF-8 text. Safe to call from several threads.
bool cre2_find(const cre2_pattern *pattern, const char *text, size_t length);
/// The leftmost match at or behind `start` (at most `length`): writes where it begins and ends.
bool cre2_find_range(const cre2_pattern *pattern, const char *text, size_t length, size_t start, ptrdiff_t *first,
                     ptrdiff_t *end);

/// Patterns that are looked for together. NULL when there is no memory.
typedef struct cre2_set cre2_set;
cre2_set *cre2_set_new(bool case_sensitive, int64_t max_memory);
void cre2_set_free(cre2_set *set);
/// Adds a pattern, known by its place from then on. False when it is no RE2 pattern.
bool cre2_set_add(cre2_set *set, const char *text, size_t length);
/// To be called once, when all have been added. False when it would need more than `max_memory` bytes.
bool cre2_set_compile(cre2_set *set);
/// Whether any is found anywhere in the UTF-8 text: 1 or 0; -1 when the scan ran out of memory and says nothing. Needs no memory for
/// which ones. Safe to call from several threads.
int cre2_set_finds_any(const cre2_set *set, const char *text, size_t length);
/// Writes the places of those that are found anywhere in the UTF-8 text, at most `capacity`, and returns how many; -1 when the scan
/// ran out of memory and says nothing. Safe to call from several threads.
int64_t cre2_set_find(const cre2_set *set, const char *text, size_t length, int32_t *found, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
