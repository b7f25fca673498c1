#define _GNU_SOURCE
// What the process may still do once it has loaded what it needs (setrlimit(2), seccomp(2)).
#include "worker.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int limit(int what, uint64_t value) {
    struct rlimit limit = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(what, &limit) == 0;
}

// Memory, the descriptors that are open, the clock, and an end. Nothing can be opened, connected, started or sent.
static const int allowed[] = {
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom), SCMP_SYS(setitimer), SCMP_SYS(sched_yield),
    SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(getrusage),
};

// What libraries ask for and can do without: it is refused, and the process lives.
static const int refused[] = {
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(close), SCMP_SYS(access), SCMP_SYS(readlink), SCMP_SYS(newfstatat),
    SCMP_SYS(ioctl), SCMP_SYS(sysinfo), SCMP_SYS(sched_getaffinity), SCMP_SYS(uname), SCMP_SYS(prlimit64),
    SCMP_SYS(getcwd), SCMP_SYS(unlink), SCMP_SYS(statx), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(times),
};

static int filter(void) {
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (context == NULL) return 0;
    int failed = 0;
    for (size_t index = 0; index < sizeof(allowed) / sizeof(*allowed); index++) {
        failed |= seccomp_rule_add(context, SCMP_ACT_ALLOW, allowed[index], 0);
    }
    for (size_t index = 0; index < sizeof(refused) / sizeof(*refused); index++) {
        failed |= seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), refused[index], 0);
    }
    // Memory of its own, in which no code can be put.
    failed |= seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                               SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
    failed |= seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    // A signal to itself, which is how abort(3) ends it. Whoever started it has the same user, and could be ended too.
    failed |= seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                               SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    if (failed == 0) failed = seccomp_load(context);
    seccomp_release(context);
    return failed == 0;
}

int worker_lock_in(struct worker_limits limits) {
    // Descriptors that whoever started it left open.
    if (close_range(3, ~0u, 0) != 0) return 0;
    return prctl(PR_SET_DUMPABLE, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && limit(RLIMIT_CORE, 0)
        && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_AS, limits.memory_bytes) && limit(RLIMIT_NPROC, 0) && filter();
}
