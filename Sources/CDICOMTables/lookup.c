// Binary searches over the sorted tables.

#include "dicom_tables.h"

#include <string.h>

int32_t cdicom_find_element(uint32_t tag) {
    struct cdicom_slot slot = cdicom_slot_of(tag);
    if (slot.tag == tag) return slot.element;
    uint32_t base = cdicom_base(tag);
    slot = cdicom_slot_of(base);
    return slot.tag == base ? slot.element : -1;
}

// Rows `0 ..< count` are sorted by the text whose place `TEXT` gives; returns from the function that uses it.
#define RETURN_FOUND(count, wanted, TEXT, RESULT)                                                                      \
    int32_t low = 0, high = (count);                                                                                   \
    while (low < high) {                                                                                               \
        int32_t middle = low + (high - low) / 2;                                                                       \
        int order = strcmp(wanted, TEXT);                                                                              \
        if (order == 0) return RESULT;                                                                                 \
        if (order < 0) high = middle;                                                                                  \
        else low = middle + 1;                                                                                         \
    }                                                                                                                  \
    return -1;

int32_t cdicom_find_keyword(const char *keyword) {
    RETURN_FOUND(cdicom_keyword_count, keyword,
                 cdicom_element_text + cdicom_elements[cdicom_elements_by_keyword[middle]].keyword,
                 cdicom_elements_by_keyword[middle])
}

int32_t cdicom_find_uid(const char *uid) {
    RETURN_FOUND(cdicom_uid_count, uid, cdicom_uid_text + cdicom_uids[middle].uid, middle)
}

int32_t cdicom_find_creator(const char *creator) {
    RETURN_FOUND(cdicom_creator_count, creator, cdicom_private_text + cdicom_creators[middle].name, middle)
}

int32_t cdicom_find_iod(const char *sop_class) {
    RETURN_FOUND(cdicom_sop_class_count, sop_class, cdicom_iod_text + cdicom_sop_classes[middle].uid,
                 (int32_t)cdicom_sop_classes[middle].iod)
}

static int32_t find_place(int32_t creator, uint32_t place) {
    int32_t low = (int32_t)cdicom_creators[creator].first, high = (int32_t)cdicom_creators[creator + 1].first;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        uint32_t found = cdicom_private_elements[middle].place;
        if (found == place) return middle;
        if (place < found) high = middle;
        else low = middle + 1;
    }
    return -1;
}

int32_t cdicom_find_private(int32_t creator, uint16_t group, uint8_t element) {
    int32_t found = find_place(creator, (uint32_t)group << 8 | element);
    if (found >= 0 || (group & 1) == 0) return found;
    // Repeating private groups stand under the first odd one, 6001 or 7001.
    found = find_place(creator, ((uint32_t)(group & 0xFF00) | 1) << 8 | element);
    return found >= 0 && cdicom_private_elements[found].repeating ? found : -1;
}

int32_t cdicom_find_iod_attribute(uint32_t node, uint32_t tag) {
    uint32_t low = cdicom_iod_nodes[node], high = cdicom_iod_nodes[node + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t found = cdicom_iod_attributes[middle].tag;
        if (found == tag) return (int32_t)middle;
        if (tag < found) high = middle;
        else low = middle + 1;
    }
    return -1;
}
