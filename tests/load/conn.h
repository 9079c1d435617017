/*
 * One connection and the request that it carries.
 *
 *	CLOSED --conn_begin--> CONNECTING -> SENDING -> HEAD -> BODY -+-> IDLE
 *	             |             ^                                  +-> DRAINING -> CLOSED
 *	             +-> BACKLOG --+   (a unix socket whose backlog is full)
 *	IDLE --conn_again--> SENDING
 *
 * From any state but CLOSED a failure leads to CLOSED. A struct conn lives until conn_retire and
 * is freed only when the events in hand are done, so that a callback may retire its own.
 * The timer belongs to conn from conn_begin or conn_again to done, failed; to the class otherwise,
 * and in BODY when the body is paced.
 */
#ifndef LOAD_CONN_H
#define LOAD_CONN_H

#include "load.h"

#define HEAD_MAX 4096

enum conn_state {
	CONN_CLOSED,
	CONN_BACKLOG,
	CONN_CONNECTING,
	CONN_SENDING,
	CONN_HEAD,
	CONN_BODY,
	CONN_IDLE,
	CONN_DRAINING, /* answered; waits for the server to close first, which takes TIME_WAIT */
};

struct conn_ops {
	/* The answer is there, whole, with status 200; the state is IDLE or DRAINING. */
	void (*done)(struct conn *conn);
	/* The request failed and was counted and logged; the state is CLOSED. */
	void (*failed)(struct conn *conn);
	/* The server closed an IDLE or DRAINING connection; the state is CLOSED. */
	void (*closed)(struct conn *conn);
	/* The timer of the class. */
	void (*tick)(struct conn *conn);
	/* In place of all that conn.c does with an event: for what is no TCP. */
	void (*event)(struct conn *conn, uint32_t events);
};

struct conn {
	struct load *load;
	const struct conn_ops *ops;
	enum load_class class;
	enum conn_state state;
	int fd;
	int rcvbuf; /* 0 for the system's default */
	int paced;  /* tick reads the body */
	int reused; /* it carried an answer before */
	const struct target *target;
	const char *request;
	size_t sent;
	uint64_t request_ns; /* when the request began */
	uint64_t deadline_ns;
	uint64_t heard_ns; /* when the last byte came */
	struct timer timer;
	char head[HEAD_MAX];
	size_t head_len;
	struct response response;
	int64_t body_len; /* so far */
	uint64_t hash;    /* of the body so far, when paced */
	struct conn *prev;
	struct conn *next;
	uint64_t due_ns; /* the class's own: when the next step is due */
	int ready;       /* the class's own: it has shown that it works */
};

/* NULL when there are too many, or no memory. */
struct conn *conn_create(struct load *load, enum load_class class, const struct conn_ops *ops,
			 const char *request);
/* A request on a new connection. May call failed before it returns. */
void conn_begin(struct conn *conn, const struct target *target);
/* Another request on an IDLE connection. May call failed before it returns. -ENOTCONN, and nothing
 * was sent, when the server has closed it and that has come here. */
int conn_again(struct conn *conn);
/* At most budget bytes of a paced body. May call done or failed before it returns. */
void conn_read(struct conn *conn, size_t budget);
void conn_timer_fired(void *conn);
void conn_event(struct conn *conn, uint32_t events);
void conn_fail(struct conn *conn, enum fail_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* In flight: begun, and neither done nor failed. */
int conn_in_flight(const struct conn *conn);
void conn_hang_up(struct conn *conn);
void conn_retire(struct conn *conn);
void conns_bury(struct load *load);

#define FNV_START 0xcbf29ce484222325ULL
uint64_t fnv1a(uint64_t hash, const void *data, size_t len);

#endif
