#include <sys/statfs.h>

// Of unistd.h, where it stands behind _GNU_SOURCE.
extern int syncfs(int descriptor);
