/*
 * A handover with QUIC=steer whose old generation outlives the command. The BPF program that sends
 * new clients of HTTP/3 to the new generation stays attached, since old workers answer no new
 * clients. A process of ours, a watcher (commands/watcher.h), is in charge of it: it waits for the
 * end of the old generation, takes sockets without a reader out of use, detaches the program, and
 * ends. It is "nginx-handover heal --drain-of PID". It has the lock of a session only while it
 * heals. There is one also where QUIC=heal leaves sockets without a reader behind.
 */
#ifndef COMMANDS_DRAIN_WATCH_H
#define COMMANDS_DRAIN_WATCH_H

#include "commands/session.h"
#include "commands/settings.h"
#include "commands/site.h"

/*
 * After a run, while it has its lock: if it ended in such a drain, starts the watcher. Where none
 * can be started, detaches the program at once. Prints which of the two.
 */
void drain_watch_over(struct session *s);

/* Whether a watcher may be started: not where others can change the file of this program. */
bool drain_can_be_watched(const struct session *s);

/*
 * For a command that has the lock, where the program is attached and no process is in charge of it:
 * the watcher was killed, or the run was before it could start one. Starts another watcher while
 * the old generation drains; heals by itself when that has ended.
 */
void drain_pick_up(struct session *s);

/* The pid of the watcher; 0: there is none, or the caller is not root and cannot see it. */
pid_t drain_watcher(const struct settings *settings, const struct site *site);

/* For a run that begins another handover, goes back, or stops nginx, and takes charge of the
 * program itself: tells the watcher to end. */
void drain_dismiss(const struct session *s);

/* The watcher itself; settings->drain_of is set. Returns the exit code. */
int drain_attend(const struct settings *settings);

#endif
