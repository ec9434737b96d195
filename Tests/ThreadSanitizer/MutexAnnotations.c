// Tells ThreadSanitizer of the contended half of Swift's Mutex on Linux.
//
// An uncontended Mutex is an atomic exchange in the caller, which the sanitizer sees. A contended one goes through the
// kernel, from a function of the standard library that is not built with the sanitizer, so that everything the Mutex
// guards would be reported as a race. Preloaded, these two functions stand before the library's and add what is missing.
// scripts/tsan makes sure with RaceCheck.swift that a real race is still reported.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK_SLOWLY "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOWLY "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// Not there in programs without the sanitizer, such as the one that starts the tests.
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

SWIFT void lock_slowly(uint32_t thread, SELF) __asm__(LOCK_SLOWLY);
SWIFT void unlock_slowly(SELF) __asm__(UNLOCK_SLOWLY);

SWIFT void lock_slowly(uint32_t thread, SELF) {
    SWIFT void (*library)(uint32_t, SELF) = dlsym(RTLD_NEXT, LOCK_SLOWLY);
    library(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT void unlock_slowly(SELF) {
    SWIFT void (*library)(SELF) = dlsym(RTLD_NEXT, UNLOCK_SLOWLY);
    if (__tsan_release) __tsan_release(self);
    library(self);
}
