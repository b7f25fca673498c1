// Finds what may be lines of text: signs of about one height beside each other, lighter or darker than what is around
// them. A top hat (white: f - opening; black: closing - f) leaves what is narrower than its square, whatever lies
// beneath; it is taken on halves of halves of the picture, so that large writing is found as small writing is.
#include "ocr.h"

#include <stdlib.h>
#include <string.h>

// Widest stroke and smallest and largest sign, in pixels of a level. Signs of more are found a level up.
enum { SQUARE = 9, LEAST_HEIGHT = 5, MOST_HEIGHT = 36, LEAST_SIDE = 24, MOST_SIGNS = 20000, MOST_LINES = 1500 };
// What strokes must differ from their surroundings by, of 255. What is faint is noise in most pictures and text in some:
// each is looked at alone, since faint noise joins signs that a higher threshold keeps apart.
static const int thresholds[] = {24, 56, 112};

struct sign { int left, top, right, bottom, line; };

static int by_left(const void *first, const void *second) {
    const struct sign *a = first, *b = second;
    return a->left != b->left ? (a->left > b->left) - (a->left < b->left) : (a->top > b->top) - (a->top < b->top);
}

static int root(struct sign *signs, int index) {
    while (signs[index].line != index) {
        signs[index].line = signs[signs[index].line].line;
        index = signs[index].line;
    }
    return index;
}

// Whether two signs, the first on the left, are neighbours in a line.
static int are_beside(const struct sign *a, const struct sign *b) {
    int first = a->bottom - a->top, second = b->bottom - b->top;
    int low = first < second ? first : second, high = first < second ? second : first;
    if (high > low * 5 / 2 + 2) return 0;
    int top = a->top > b->top ? a->top : b->top, bottom = a->bottom < b->bottom ? a->bottom : b->bottom;
    if ((bottom - top) * 2 < low) return 0;
    int gap = b->left - a->right;
    return gap <= high * 3 / 2 + 2;
}

static int add_line(struct ocr_lines *lines, struct ocr_line line) {
    if (lines->count == lines->capacity) {
        size_t capacity = lines->capacity * 2 + 64;
        struct ocr_line *grown = realloc(lines->lines, capacity * sizeof(*grown));
        if (grown == NULL) return 0;
        lines->lines = grown;
        lines->capacity = capacity;
    }
    lines->lines[lines->count++] = line;
    return 1;
}

// Joins signs to lines. `scale`: pixels of the picture in one of the level.
static int join(struct sign *signs, int count, int scale, int is_light, int contrast, struct ocr_lines *lines) {
    qsort(signs, (size_t)count, sizeof(*signs), by_left);
    for (int index = 0; index < count; index++) signs[index].line = index;
    for (int left = 0; left < count; left++) {
        int reach = signs[left].right + (signs[left].bottom - signs[left].top) * 4 + 4;
        for (int right = left + 1; right < count && signs[right].left <= reach; right++) {
            if (!are_beside(&signs[left], &signs[right])) continue;
            int a = root(signs, left), b = root(signs, right);
            if (a < b) signs[b].line = a; else signs[a].line = b;
        }
    }
    struct line_sum { int left, top, right, bottom, count, heights; } *sums = calloc((size_t)count + 1, sizeof(*sums));
    if (sums == NULL) return 0;
    for (int index = 0; index < count; index++) {
        struct sign *sign = &signs[index];
        struct line_sum *sum = &sums[root(signs, index)];
        if (sum->count == 0) { sum->left = sign->left; sum->top = sign->top; sum->right = sign->right; sum->bottom = sign->bottom; }
        if (sign->left < sum->left) sum->left = sign->left;
        if (sign->top < sum->top) sum->top = sign->top;
        if (sign->right > sum->right) sum->right = sign->right;
        if (sign->bottom > sum->bottom) sum->bottom = sign->bottom;
        sum->count += 1;
        sum->heights += sign->bottom - sign->top;
    }
    int done = 1;
    for (int index = 0; index < count && done; index++) {
        struct line_sum *sum = &sums[index];
        if (sum->count == 0) continue;
        int width = sum->right - sum->left, height = sum->bottom - sum->top, mean = sum->heights / sum->count;
        // One sign alone is a mark unless letters of it have grown together; what climbs is no line.
        if (width < height || (sum->count < 2 && width < height * 2) || height > mean * 3) continue;
        struct ocr_line line = {
            .left = sum->left * scale, .top = sum->top * scale, .right = sum->right * scale,
            .bottom = sum->bottom * scale, .is_light = is_light, .contrast = contrast, .count = sum->count,
        };
        done = add_line(lines, line);
    }
    free(sums);
    return done;
}

// Whether a component may be a sign or a few that touch.
static int is_sign(const BOX *box) {
    return box->h >= LEAST_HEIGHT && box->h <= MOST_HEIGHT && box->w >= 1 && box->w <= box->h * 12;
}

// Counts what may be signs among strokes of at least a contrast, and gives them; -1 when there is no memory.
static int find_signs(PIX *hat, int contrast, struct sign **signs) {
    *signs = NULL;
    // Below the threshold is set.
    PIX *low = pixThresholdToBinary(hat, contrast);
    PIX *strokes = low == NULL ? NULL : pixInvert(NULL, low);
    BOXA *boxes = strokes == NULL ? NULL : pixConnCompBB(strokes, 8);
    pixDestroy(&low);
    pixDestroy(&strokes);
    if (boxes == NULL) return -1;
    int count = 0;
    *signs = malloc(((size_t)boxes->n + 1) * sizeof(**signs));
    for (int index = 0; *signs != NULL && index < boxes->n; index++) {
        const BOX *box = boxes->box[index];
        if (!is_sign(box)) continue;
        (*signs)[count++] = (struct sign){box->x, box->y, box->x + box->w, box->y + box->h, 0};
    }
    boxaDestroy(&boxes);
    return *signs == NULL ? -1 : count;
}

static PIX *top_hat(PIX *level, int is_light) {
    return pixTophat(level, SQUARE, SQUARE, is_light ? L_TOPHAT_WHITE : L_TOPHAT_BLACK);
}

// So many signs are noise, and faint text would not be told from it: each sample is made the mean of those around it, which
// leaves a third of the noise and most of a stroke. Where as many are left, nobody has looked.
static int find_signs_evened(PIX *level, int is_light, int contrast, struct sign **signs) {
    PIX *even = pixBlockconvGray(level, NULL, 1, 1);
    PIX *hat = even == NULL ? NULL : top_hat(even, is_light);
    // A stroke of two samples loses a third.
    int count = hat == NULL ? -1 : find_signs(hat, contrast * 2 / 3, signs);
    pixDestroy(&even);
    pixDestroy(&hat);
    return count;
}

static int find_in(PIX *level, int scale, struct ocr_lines *lines) {
    for (int is_light = 0; is_light < 2; is_light++) {
        PIX *hat = top_hat(level, is_light);
        int done = hat != NULL;
        for (size_t step = 0; step < sizeof(thresholds) / sizeof(*thresholds) && done; step++) {
            struct sign *signs = NULL;
            int count = find_signs(hat, thresholds[step], &signs);
            if (count > MOST_SIGNS) {
                free(signs);
                signs = NULL;
                count = find_signs_evened(level, is_light, thresholds[step], &signs);
                if (count > MOST_SIGNS) lines->is_cut = 1;
            }
            done = count >= 0;
            if (count > 0 && count <= MOST_SIGNS) done = join(signs, count, scale, is_light, thresholds[step], lines);
            free(signs);
        }
        pixDestroy(&hat);
        if (!done) return 0;
    }
    return 1;
}

// More than an `int` holds once it is multiplied: the largest pictures are of hundreds of millions of pixels.
static int64_t area(const struct ocr_line *line) {
    return (int64_t)(line->right - line->left) * (line->bottom - line->top);
}

// Many signs at much contrast first: what is likeliest to be text.
static int by_promise(const void *first, const void *second) {
    const struct ocr_line *a = first, *b = second;
    long x = (long)(a->count < 24 ? a->count : 24) * (a->contrast + 40);
    long y = (long)(b->count < 24 ? b->count : 24) * (b->contrast + 40);
    if (x != y) return x < y ? 1 : -1;
    if (a->top != b->top) return a->top < b->top ? -1 : 1;
    return (a->left > b->left) - (a->left < b->left);
}

// What is seen at several thresholds or levels is read once.
static void drop_copies(struct ocr_lines *lines) {
    qsort(lines->lines, lines->count, sizeof(*lines->lines), by_promise);
    size_t kept = 0;
    for (size_t index = 0; index < lines->count; index++) {
        struct ocr_line line = lines->lines[index];
        int is_copy = 0;
        for (size_t other = 0; other < kept && !is_copy; other++) {
            const struct ocr_line *known = &lines->lines[other];
            if (known->is_light != line.is_light) continue;
            int left = line.left > known->left ? line.left : known->left;
            int right = line.right < known->right ? line.right : known->right;
            int top = line.top > known->top ? line.top : known->top;
            int bottom = line.bottom < known->bottom ? line.bottom : known->bottom;
            if (left >= right || top >= bottom) continue;
            int64_t both = (int64_t)(right - left) * (bottom - top);
            is_copy = both * 10 >= area(&line) * 8 && both * 10 >= area(known) * 5;
        }
        if (is_copy) continue;
        if (kept == MOST_LINES) { lines->is_cut = 1; break; }
        lines->lines[kept++] = line;
    }
    lines->count = kept;
}

int ocr_find_lines(PIX *grey, struct ocr_lines *lines) {
    PIX *level = pixClone(grey);
    int scale = 1, done = level != NULL;
    while (done && pixGetWidth(level) >= LEAST_SIDE && pixGetHeight(level) >= LEAST_HEIGHT) {
        done = find_in(level, scale, lines);
        PIX *half = pixScaleAreaMap2(level);
        pixDestroy(&level);
        level = half;
        // Large writing would not be looked for.
        done = done && level != NULL;
        scale *= 2;
    }
    pixDestroy(&level);
    if (done) drop_copies(lines);
    return done;
}
