#include "cre2.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <cstring>
#include <new>
#include <string>
#include <vector>

struct cre2_pattern {
    re2::RE2 expression;
    cre2_pattern(re2::StringPiece text, const re2::RE2::Options &options) : expression(text, options) {}
};

static void put(const std::string &message, char *error, size_t size) {
    if (error == nullptr || size == 0) return;
    size_t count = message.size() < size - 1 ? message.size() : size - 1;
    std::memcpy(error, message.data(), count);
    error[count] = 0;
}

cre2_pattern *cre2_compile(const char *text, size_t length, bool case_sensitive, int64_t max_memory, char *error,
                           size_t error_size) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(case_sensitive);
    options.set_max_mem(max_memory);
    auto *pattern = new (std::nothrow) cre2_pattern(re2::StringPiece(text, length), options);
    if (pattern == nullptr) {
        put("out of memory", error, error_size);
        return nullptr;
    }
    if (!pattern->expression.ok()) {
        put(pattern->expression.error(), error, error_size);
        delete pattern;
        return nullptr;
    }
    return pattern;
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }

bool cre2_find(const cre2_pattern *pattern, const char *text, size_t length) {
    return re2::RE2::PartialMatch(re2::StringPiece(text, length), pattern->expression);
}

bool cre2_find_range(const cre2_pattern *pattern, const char *text, size_t length, size_t start, ptrdiff_t *first,
                     ptrdiff_t *end) {
    if (text == nullptr) text = "";
    re2::StringPiece match;
    if (!pattern->expression.Match(re2::StringPiece(text, length), start, length, re2::RE2::UNANCHORED, &match, 1))
        return false;
    *first = match.data() - text;
    *end = *first + static_cast<ptrdiff_t>(match.size());
    return true;
}

struct cre2_set {
    re2::RE2::Set patterns;
    explicit cre2_set(const re2::RE2::Options &options) : patterns(options, re2::RE2::UNANCHORED) {}
};

cre2_set *cre2_set_new(bool case_sensitive, int64_t max_memory) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(case_sensitive);
    options.set_max_mem(max_memory);
    return new (std::nothrow) cre2_set(options);
}

void cre2_set_free(cre2_set *set) { delete set; }

bool cre2_set_add(cre2_set *set, const char *text, size_t length) {
    return set->patterns.Add(re2::StringPiece(text, length), nullptr) >= 0;
}

bool cre2_set_compile(cre2_set *set) { return set->patterns.Compile(); }

int cre2_set_finds_any(const cre2_set *set, const char *text, size_t length) {
    re2::RE2::Set::ErrorInfo error{re2::RE2::Set::kNoError};
    if (set->patterns.Match(re2::StringPiece(text, length), nullptr, &error)) return 1;
    return error.kind == re2::RE2::Set::kNoError ? 0 : -1;
}

int64_t cre2_set_find(const cre2_set *set, const char *text, size_t length, int32_t *found, size_t capacity) {
    std::vector<int> matches;
    re2::RE2::Set::ErrorInfo error{re2::RE2::Set::kNoError};
    if (!set->patterns.Match(re2::StringPiece(text, length), &matches, &error))
        return error.kind == re2::RE2::Set::kNoError ? 0 : -1;
    size_t count = matches.size() < capacity ? matches.size() : capacity;
    for (size_t index = 0; index < count; index++) found[index] = matches[index];
    return static_cast<int64_t>(count);
}
