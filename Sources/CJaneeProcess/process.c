#include "janee_process.h"

#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#ifdef __APPLE__
#include <sys/types.h>
#include <sys/ptrace.h>
#endif

int janee_protect_process(void) {
    struct rlimit none = {0, 0};
    int result = setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) result = -1;
#endif
#ifdef __APPLE__
    if (ptrace(PT_DENY_ATTACH, 0, 0, 0) != 0) result = -1;
#endif
    return result;
}
