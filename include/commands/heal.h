/* Mends HTTP/3 after a handover, in a session that has the lock. */
#ifndef COMMANDS_HEAL_H
#define COMMANDS_HEAL_H

#include "commands/session.h"
#include "nginx/quic_steer.h"

/*
 * After the old generation has ended: takes sockets without a reader out of use, then detaches our
 * BPF program. The world is open and was looked at. Prints what was done and what failed. 0;
 * -EAGAIN: not possible now, since another generation lives or a worker is being started; else
 * -errno.
 */
int heal_rest(struct session *s);

/* Whether a BPF program of ours is attached to sockets of the only master. */
bool heal_is_led(const struct session *s, struct quic_steer *ret);

/* Detaches that program and prints it. 0, or -errno, which was printed, too. */
int heal_take_program(struct session *s, const struct quic_steer *led);

#endif
