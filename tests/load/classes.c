/*
 * The kinds of load together: begun, stopped, cut, and the word that all of it runs.
 */
#define _GNU_SOURCE
#include "classes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kinds.h"

const struct target *pick_target(struct load *load, enum load_class class)
{
	const struct options *opt = &load->opt;
	size_t turn = load->classes->next_target[class]++;

	return class == CLASS_UDP ? &opt->udp_targets[turn % opt->udp_target_count]
				  : &opt->targets[turn % opt->target_count];
}

static void write_ready_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "ready\n", 6) != 6)
		fprintf(stderr, "load: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

void part_is_ready(struct load *load, int *ready)
{
	if (*ready)
		return;
	*ready = 1;
	if (--load->classes->not_ready)
		return;
	if (load->opt.ready_file)
		write_ready_file(load->opt.ready_file);
	if (load->opt.ready_fd >= 0) {
		if (write(load->opt.ready_fd, "ready\n", 6) != 6)
			fprintf(stderr, "load: --ready-fd: %s\n", strerror(errno));
		close(load->opt.ready_fd);
		load->opt.ready_fd = -1;
	}
}

static char *request_text(const char *path, int keep)
{
	char *text;

	if (asprintf(&text, "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: load\r\n%s\r\n",
		     path, keep ? "" : "Connection: close\r\n") < 0)
		return NULL;
	return text;
}

int classes_open(struct load *load)
{
	const struct options *opt = &load->opt;
	struct classes *classes = calloc(1, sizeof(*classes));

	if (!classes)
		return -ENOMEM;
	load->classes = classes;
	classes->requests[CLASS_NEW] = request_text(opt->path, 0);
	classes->requests[CLASS_KEEPALIVE] = request_text(opt->path, 1);
	classes->requests[CLASS_SLOW] = request_text(opt->slow_path, 0);
	if (!classes->requests[CLASS_NEW] || !classes->requests[CLASS_KEEPALIVE] ||
	    !classes->requests[CLASS_SLOW])
		return -ENOMEM;
	return opt->slow ? slow_read_file(opt->slow_file, classes) : 0;
}

void classes_close(struct load *load)
{
	if (!load->classes)
		return;
	while (load->conns)
		conn_retire(load->conns);
	conns_bury(load);
	for (int i = 0; i < CLASS_COUNT; i++)
		free(load->classes->requests[i]);
	free(load->classes);
	load->classes = NULL;
}

int classes_start(struct load *load)
{
	const struct options *opt = &load->opt;
	int r;

	load->classes->not_ready =
		(opt->new_rate != 0) + (opt->udp_rate != 0) + (size_t)opt->keepalive + opt->slow;
	if (opt->new_rate)
		new_start(load);
	if (opt->udp_rate)
		udp_start(load);
	r = keepalive_start(load);
	return r ? r : slow_start(load);
}

void classes_stop(struct load *load)
{
	struct conn *conn, *next;

	timer_cancel(&load->timers, &load->classes->new_pacer.timer);
	timer_cancel(&load->timers, &load->classes->udp_pacer.timer);
	for (conn = load->conns; conn; conn = next) {
		next = conn->next;
		if (!conn_in_flight(conn))
			conn_retire(conn);
		else if (conn->class == CLASS_SLOW)
			slow_hurry(conn);
	}
}

int classes_finished(const struct load *load)
{
	return !stats_inflight(&load->stats);
}

void classes_cut(struct load *load)
{
	struct conn *conn, *next;

	for (conn = load->conns; conn; conn = next) {
		next = conn->next;
		if (conn_in_flight(conn))
			conn_fail(conn, FAIL_UNFINISHED, "still in flight");
	}
}
