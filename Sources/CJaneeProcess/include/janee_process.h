#ifndef JANEE_PROCESS_H
#define JANEE_PROCESS_H

/// Keeps other processes of the same user from reading this one's memory and environment, and the system from writing
/// its memory to disk when it crashes. Swift cannot call prctl itself, because it takes variable arguments.
/// Returns 0, or -1 if the system refused a part of it.
int janee_protect_process(void);

#endif
