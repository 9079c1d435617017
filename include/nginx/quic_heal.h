/*
 * Heals HTTP/3: takes UDP sockets that no worker reads (quic_unread_look(), nginx/quic_sockets.h)
 * out of use, so that the kernel deals no new client to them.
 *
 * Nobody can close such a socket from outside the master. But a copy of it can be connected to a
 * peer that never sends: then the kernel neither finds the socket for new clients nor counts it
 * among the sockets of its address. With quic_bpf its entry in nginx's map is deleted as well, so
 * that the map has room for the next upgrade (nginx: ngx_quic_bpf_group_add_socket).
 *
 * A socket that a worker of any generation still reads must not be healed: its open connections
 * would break.
 */
#ifndef NGINX_QUIC_HEAL_H
#define NGINX_QUIC_HEAL_H

#include <stddef.h>
#include <sys/types.h>

#include "nginx/quic_sockets.h"
#include "trust/subject.h"

enum { QUIC_STEP_SIZE = 96 };

struct quic_healed {
	unsigned healed;             /* sockets that this call has taken out of use */
	unsigned entries;            /* entries that it has deleted from nginx's maps */
	char step[QUIC_STEP_SIZE];   /* what failed: "take socket 12 of master 34"; "" */
	char where[QUIC_WHERE_SIZE]; /* the addresses of the healed sockets */
};

/*
 * Heals all unread sockets of the master. `readers` are workers whose sockets are not touched: of
 * this master, and of another generation that is still there. The master's present children are
 * counted among them anyway.
 *
 * 0, also where there was nothing to do. Errors:
 * -ENOSYS: this kernel cannot (pidfd_getfd, Linux 5.6);
 * -EPERM: refused by Yama, SELinux or for lack of a capability;
 * -EBUSY: not now: a worker has just gone or is being started, and one of these sockets may be
 * meant for it; or a process of another generation has one of them open;
 * -ENOTSUP: the kernel does not show what workers read;
 * -ESRCH: the master has gone, or its pid is another process;
 * or another -errno.
 *
 * *ret is set in any case. Sockets that were healed before a failure stay healed, and are counted.
 * A failure with nginx's maps does not keep sockets from being healed, and is returned afterwards.
 */
int quic_heal(const struct subject *master, const pid_t *readers, size_t count,
	      struct quic_healed *ret);

/* Whether this kernel lets us heal that master. Changes nothing. 0, or errors as of quic_heal(). */
int quic_heal_possible(const struct subject *master);

#endif
