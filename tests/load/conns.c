/*
 * The connections that exist: made, closed, taken off the list, and freed a little later, when no
 * event in hand can point to them any more.
 */
#define _GNU_SOURCE
#include "conn.h"

#include <stdlib.h>
#include <unistd.h>

uint64_t fnv1a(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len--)
		hash = (hash ^ *p++) * 0x100000001b3ULL;
	return hash;
}

struct conn *conn_create(struct load *load, enum load_class class, const struct conn_ops *ops,
			 const char *request)
{
	struct conn *conn;

	if (load->conn_count >= MAX_CONNECTIONS)
		return NULL;
	conn = calloc(1, sizeof(*conn));
	if (!conn)
		return NULL;
	conn->load = load;
	conn->class = class;
	conn->ops = ops;
	conn->request = request;
	conn->fd = -1;
	conn->timer.fire = conn_timer_fired;
	conn->timer.arg = conn;
	conn->next = load->conns;
	if (conn->next)
		conn->next->prev = conn;
	load->conns = conn;
	load->conn_count++;
	return conn;
}

void conn_hang_up(struct conn *conn)
{
	if (conn->fd >= 0)
		close(conn->fd);
	conn->fd = -1;
	conn->state = CONN_CLOSED;
}

void conn_retire(struct conn *conn)
{
	struct load *load = conn->load;

	conn_hang_up(conn);
	timer_cancel(&load->timers, &conn->timer);
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		load->conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	conn->next = load->dead;
	load->dead = conn;
	load->conn_count--;
}

void conns_bury(struct load *load)
{
	struct conn *conn;

	while ((conn = load->dead)) {
		load->dead = conn->next;
		free(conn);
	}
}

int conn_in_flight(const struct conn *conn)
{
	return conn->state != CONN_CLOSED && conn->state != CONN_IDLE &&
	       conn->state != CONN_DRAINING;
}
