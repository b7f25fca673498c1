#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* sync_file_range(2): its header declares it with _GNU_SOURCE alone, which Swift's Glibc is imported without. */
extern int sync_file_range(int descriptor, __off64_t offset, __off64_t count, unsigned int flags);

/* Has the disk begin with all that was written to a file (SYNC_FILE_RANGE_WRITE), and does not wait. */
static inline int cordon_begin_flush(int descriptor) { return sync_file_range(descriptor, 0, 0, 2); }

/* Processors that the calling thread may use, of at most 8192; 0 when the system does not say. sched_getaffinity(2) is declared like it. */
static inline int cordon_processor_count(void) {
    unsigned long mask[128] = {0};
    long size = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    int count = 0;
    for (long index = 0; index < size / (long)sizeof mask[0]; index++) { count += __builtin_popcountl(mask[index]); }
    return count;
}
