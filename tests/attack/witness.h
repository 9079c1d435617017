/*
 * What the attackers saw: who executed them, and which signals they got from whom. All of them
 * write it into one file, a line each, which the tests read; see tests/lib/attack.bash.
 *
 *	exec NAME UID EUID ARGUMENT...
 *	signal NAME PID NUMBER SENDER	(the sender's name as the kernel has it; "-": gone)
 */
#ifndef WITNESS_H
#define WITNESS_H

#include <stdbool.h>

#define WITNESS_FILE "/run/witness/log"

/* One line, in one write, so that lines of several processes stay apart. Where there is no file,
 * nothing. */
void witness(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Root of a user namespace of one's own is no root: then the ids are "-". */
void witness_exec(const char *name, char **argv);

/*
 * From now on each signal that can be caught is written down. The process ends at TERM, QUIT, INT
 * and USR2, as a program that has no handlers would; what else comes it outlives.
 */
void witness_signals(const char *name);

/* Writes its own pid into the file that ATTACKER_PID_FILE names, if any. */
void witness_pid_file(void);

/*
 * Answers -V, -v, -t and -T as an nginx does, with what stands in the program's own file with ".V"
 * added to its name, else as 1.18.0 of /usr/local/nginx; true when it was asked any of them.
 */
bool witness_answers(char **argv);

#endif
