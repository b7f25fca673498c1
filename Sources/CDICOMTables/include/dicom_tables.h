// Tables of the standard as constant arrays. Generated/ holds the data; lookup.c the searches.
// Indices are -1 when nothing is found. Texts end with NUL and are UTF-8.

#ifndef DICOM_TABLES_H
#define DICOM_TABLES_H

#include <stdint.h>

#pragma clang assume_nonnull begin

// --- Data elements (PS3.6) ---

struct cdicom_element {
    uint32_t tag; // of a repeating element the first, see cdicom_base
    uint32_t keyword, name, multiplicity; // offsets into cdicom_element_text
    uint16_t vr; // two letters, the first in the low byte
    uint16_t vrs[3]; // all that are allowed, 0 at the end
    uint16_t retired;
};

struct cdicom_slot {
    uint32_t tag; // 0xFFFFFFFF when empty
    uint16_t vr;
    uint16_t element;
};

extern const struct cdicom_element cdicom_elements[];
extern const int32_t cdicom_element_count;
extern const uint16_t cdicom_elements_by_keyword[];
extern const int32_t cdicom_keyword_count;
extern const uint16_t cdicom_displacements[];
extern const struct cdicom_slot cdicom_slots[];
extern const char cdicom_element_text[];

// The arithmetic of Scripts/generate/elements.py: 2048 buckets, 8192 slots, every tag in a slot of its own.
static inline struct cdicom_slot cdicom_slot_of(uint32_t tag) {
    uint32_t hash = tag * 0x9E3779B1u;
    hash ^= hash >> 15;
    uint32_t displacement = cdicom_displacements[hash & 2047];
    return cdicom_slots[(hash * (2 * displacement + 1)) >> 19];
}

// The tag under which a repeating element stands in the tables; any other tag is its own (PS3.5 7.6, PS3.6).
static inline uint32_t cdicom_base(uint32_t tag) {
    switch (tag >> 24) {
    case 0x50:
    case 0x60:
    case 0x7F:
        return tag & 0x00010000u ? tag : tag & 0xFF00FFFFu; // odd groups are private
    case 0x10:
        if (tag >> 16 == 0x1000) return tag & 0xFFFF000Fu;
        if (tag >> 16 == 0x1010) return 0x10100000u;
        return tag;
    case 0x00:
        if ((tag & 0xFFFFFF00u) == 0x00203100u) return 0x00203100u;
        if ((tag & 0xFFFFFF00u) == 0x00280400u || (tag & 0xFFFFFF00u) == 0x00280800u)
            return (tag & 0xFFFFFF0Fu) | 0x10u;
        return tag;
    default:
        return tag;
    }
}

// VR of a standard data element; 0 when PS3.6 has no such tag.
static inline uint16_t cdicom_vr(uint32_t tag) {
    struct cdicom_slot slot = cdicom_slot_of(tag);
    if (slot.tag == tag) return slot.vr;
    uint32_t base = cdicom_base(tag);
    if (base == tag) return 0;
    slot = cdicom_slot_of(base);
    return slot.tag == base ? slot.vr : 0;
}

int32_t cdicom_find_element(uint32_t tag);
int32_t cdicom_find_keyword(const char *keyword);

// --- UIDs (PS3.6 A) ---

struct cdicom_uid {
    uint32_t uid, name, kind; // offsets into cdicom_uid_text
};

extern const struct cdicom_uid cdicom_uids[];
extern const int32_t cdicom_uid_count;
extern const char cdicom_uid_text[];

int32_t cdicom_find_uid(const char *uid);

// --- Private elements ---

struct cdicom_creator {
    uint32_t name; // offset into cdicom_private_text
    uint32_t first; // index into cdicom_private_elements
};

struct cdicom_private_element {
    uint32_t place; // group << 8 | low byte of the element
    uint32_t name, multiplicity; // offsets into cdicom_private_text
    uint16_t vr;
    uint16_t repeating; // stands for all odd groups with the same high byte
};

extern const struct cdicom_creator cdicom_creators[];
extern const int32_t cdicom_creator_count;
extern const struct cdicom_private_element cdicom_private_elements[];
extern const char cdicom_private_text[];

int32_t cdicom_find_creator(const char *creator);
int32_t cdicom_find_private(int32_t creator, uint16_t group, uint8_t element);

// --- IODs (PS3.3, PS3.4) ---

struct cdicom_iod_attribute {
    uint32_t tag; // of a repeating group the first
    uint16_t items; // index into cdicom_iod_nodes: the attributes of its items
    uint8_t type; // 1 to 5 for Type 1, 1C, 2, 2C, 3: the strongest of all modules
    uint8_t mandatory; // the same of the modules with usage M alone; 0 when none has the attribute
};

struct cdicom_iod {
    uint32_t name; // offset into cdicom_iod_text
    uint32_t root; // index into cdicom_iod_nodes
};

struct cdicom_sop_class {
    uint32_t uid; // offset into cdicom_iod_text
    uint32_t iod;
};

extern const uint32_t cdicom_iod_nodes[];
extern const struct cdicom_iod_attribute cdicom_iod_attributes[];
extern const struct cdicom_iod cdicom_iods[];
extern const int32_t cdicom_iod_count;
extern const struct cdicom_sop_class cdicom_sop_classes[];
extern const int32_t cdicom_sop_class_count;
extern const char cdicom_iod_text[];

// Index of the IOD of a SOP class.
int32_t cdicom_find_iod(const char *sop_class);

// One step down: index into cdicom_iod_attributes of the attribute `tag` in the sequence `node`.
int32_t cdicom_find_iod_attribute(uint32_t node, uint32_t tag);

// --- One row, for callers who cannot index an array of unknown length ---

static inline struct cdicom_element cdicom_element_at(int32_t index) { return cdicom_elements[index]; }
static inline int32_t cdicom_element_by_keyword(int32_t rank) { return cdicom_elements_by_keyword[rank]; }
static inline const char *cdicom_element_string(uint32_t offset) { return cdicom_element_text + offset; }
static inline struct cdicom_uid cdicom_uid_at(int32_t index) { return cdicom_uids[index]; }
static inline const char *cdicom_uid_string(uint32_t offset) { return cdicom_uid_text + offset; }
static inline struct cdicom_creator cdicom_creator_at(int32_t index) { return cdicom_creators[index]; }
static inline struct cdicom_private_element cdicom_private_at(int32_t index) { return cdicom_private_elements[index]; }
static inline const char *cdicom_private_string(uint32_t offset) { return cdicom_private_text + offset; }
static inline struct cdicom_iod cdicom_iod_at(int32_t index) { return cdicom_iods[index]; }
static inline struct cdicom_iod_attribute cdicom_iod_attribute_at(int32_t index) { return cdicom_iod_attributes[index]; }
static inline const char *cdicom_iod_string(uint32_t offset) { return cdicom_iod_text + offset; }

#pragma clang assume_nonnull end

#endif
