#include "janee_process.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { endings = sizeof ending / sizeof *ending };

static struct termios original;
static struct sigaction previous[endings];
static volatile sig_atomic_t hidden_descriptor = -1;

static void show_and_end(int number) {
    if (hidden_descriptor >= 0) tcsetattr(hidden_descriptor, TCSANOW, &original);
    signal(number, SIG_DFL);
    raise(number);
}

int janee_hide_input(int descriptor) {
    if (hidden_descriptor >= 0 || tcgetattr(descriptor, &original) != 0) return -1;
    hidden_descriptor = descriptor;
    struct sigaction action = {0};
    action.sa_handler = show_and_end;
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < endings; index++) sigaction(ending[index], &action, &previous[index]);
    struct termios hidden = original;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
    hidden.c_cc[VMIN] = 1;
    hidden.c_cc[VTIME] = 0;
    if (tcsetattr(descriptor, TCSAFLUSH, &hidden) == 0) return 0;
    janee_show_input();
    return -1;
}

void janee_show_input(void) {
    if (hidden_descriptor < 0) return;
    tcsetattr(hidden_descriptor, TCSAFLUSH, &original);
    for (int index = 0; index < endings; index++) sigaction(ending[index], &previous[index], 0);
    hidden_descriptor = -1;
}
