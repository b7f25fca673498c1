#include <sys/types.h>

/* sync_file_range(2): its header declares it with _GNU_SOURCE alone, which Swift's Glibc is imported without. */
extern int sync_file_range(int descriptor, __off64_t offset, __off64_t count, unsigned int flags);

/* Has the disk begin with all that was written to a file (SYNC_FILE_RANGE_WRITE), and does not wait. */
static inline int cordon_begin_flush(int descriptor) { return sync_file_range(descriptor, 0, 0, 2); }
