#ifndef JANEE_PROCESS_H
#define JANEE_PROCESS_H

/// Keeps other processes of the same user from reading this one's memory and environment, and the system from writing
/// its memory to disk when it crashes. Swift cannot call prctl itself, because it takes variable arguments.
/// Returns 0, or -1 if the system refused a part of it.
int janee_protect_process(void);

/// Makes the terminal at `descriptor` show nothing of what is typed, and hand it over byte by byte. Signals that end the
/// process put the terminal back first; their handlers must be C, because little may be done in them.
/// Returns 0, or -1 if it is no terminal or refuses.
int janee_hide_input(int descriptor);

/// Puts the terminal back as it was.
void janee_show_input(void);

/// Turns signals into bytes, the signal's number each, that can be read from the descriptor it returns: from the moment it
/// returns on none is lost, whenever somebody reads. Once in a process. Returns -1 if the system refuses.
int janee_watch_signals(const int *numbers, int count);

#endif
