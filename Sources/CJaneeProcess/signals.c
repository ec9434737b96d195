#include "janee_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int ends[2] = {-1, -1};

static void note(int number) {
    int before = errno;
    unsigned char byte = (unsigned char)number;
    // A full pipe means that enough is waiting already.
    if (write(ends[1], &byte, 1) < 0) { }
    errno = before;
}

int janee_watch_signals(const int *numbers, int count) {
    if (ends[0] >= 0 || pipe(ends) != 0) return -1;
    for (int index = 0; index < 2; index++) {
        fcntl(ends[index], F_SETFD, FD_CLOEXEC);
        fcntl(ends[index], F_SETFL, O_NONBLOCK);
    }
    struct sigaction action = {0};
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < count; index++) sigaction(numbers[index], &action, 0);
    return ends[0];
}
