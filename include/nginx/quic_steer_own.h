/*
 * The program that routes the sockets after steering has ended.
 *
 * With quic_bpf it is nginx's own program again. The kernel unloads a program that is attached
 * nowhere and has no descriptor, and nginx keeps no descriptor of its own. So the run that attaches
 * ours in its place keeps one. Another run, which cleans up after that one was killed, has none: it
 * makes a program that does the same.
 *
 * Without quic_bpf such a program is made, too, for the connections that are open. The kernel alone
 * would deal their packets by its hash, and its result differs from ours, and changes again when
 * the old sockets leave the group. The program goes away with the sockets, or when nginx attaches
 * one of its own.
 *
 * What is kept is state of this process, and ends with it.
 */
#ifndef NGINX_QUIC_STEER_OWN_H
#define NGINX_QUIC_STEER_OWN_H

#include <stdint.h>

/* Keeps nginx's own program. Takes over the descriptor `program`. map: the kernel's number of the
 * map that the program uses. */
void steer_own_keep(uint32_t map, int program);

/* A descriptor of the program to attach, for the caller to close, or -errno. map: the number of
 * nginx's map, 0: nginx has none. by_id: the map of sockets by cookie, for a program that has to be
 * made. */
int steer_own_give(uint32_t map, int by_id);

#endif
