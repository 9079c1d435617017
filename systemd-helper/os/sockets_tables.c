/*
 * Lists sockets by the tables in /proc/PID/net, for another network namespace and for old kernels.
 *
 * The TCP tables list the listening sockets first, so that thousands of connections need not be
 * read if only those are wanted. Before Linux 4.4 connections in SYN_RECV are listed between them
 * (Linux: tcp_get_idx, listening_get_next).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/list.h"
#include "os/procfs.h"
#include "os/sockets.h"
#include "os/sockets_private.h"

enum { LINE_SIZE = 512, UNIX_ACCEPTS = 0x10000 /* __SO_ACCEPTCON */, UNIX_CONNECTED = 3 };

/* Takes one line. Returns false to end the reading; *r: -errno if the line could not be parsed. */
typedef bool line_fn(const char *line, enum socket_kind kind, void *arg, int *r);

/*
 * Why a table is missing: 0: the kernel has no IPv6 or no unix sockets; -ESRCH: the process is
 * gone, because the table of IPv4 always exists.
 */
static int why_no_table(pid_t pid, const char *table)
{
	struct proc_stat stat;
	int r = procfs_stat(pid, &stat);

	return !r && (stat.state == 'Z' || strcmp(table, "net/tcp") == 0) ? -ESRCH : r;
}

/* Calls fn for each line of a table. 0, also if there is no such table; or -errno. */
static int each_line(pid_t pid, const char *table, enum socket_kind kind, line_fn *fn, void *arg)
{
	char line[LINE_SIZE];
	int fd = procfs_open(pid, table, O_RDONLY);
	FILE *f;
	int r = 0;

	if (fd < 0)
		return fd == -ESRCH ? why_no_table(pid, table) : fd;
	f = fdopen(fd, "r");
	if (!f) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	if (fgets(line, sizeof(line), f)) { /* the heading */
		while (fgets(line, sizeof(line), f) && fn(line, kind, arg, &r))
			;
	}
	if (!r && ferror(f))
		r = errno ? -errno : -EIO;
	(void)fclose(f);
	return r;
}

static const char *parse_hex(const char *p, unsigned digits, uint32_t *ret)
{
	uint32_t value = 0;

	for (; digits; digits--, p++) {
		unsigned digit = (unsigned char)*p;

		if (digit >= '0' && digit <= '9')
			digit -= '0';
		else if (digit >= 'A' && digit <= 'F')
			digit -= 'A' - 10;
		else
			return NULL;
		value = value << 4 | digit;
	}
	*ret = value;
	return p;
}

/*
 * Parses "0100007F:1F90 ", with four such words for IPv6. Each word has the byte order of the
 * machine (Linux: get_tcp4_sock). Returns what follows, or NULL.
 */
static const char *parse_address(const char *p, int family, unsigned char ip[16],
				 unsigned *ret_port)
{
	size_t words = family == AF_INET ? 1 : 4;
	uint32_t word;
	size_t i;

	while (*p == ' ')
		p++;
	for (i = 0; i < words && p; i++) {
		p = parse_hex(p, 8, &word);
		if (p)
			memcpy(ip + 4 * i, &word, sizeof(word));
	}
	if (!p || *p != ':')
		return NULL;
	p = parse_hex(p + 1, 4, &word);
	if (!p || *p != ' ')
		return NULL;
	*ret_port = word;
	return p;
}

/* What follows so many words. */
static const char *skip_words(const char *p, unsigned words)
{
	for (; words; words--) {
		p += strspn(p, " ");
		p += strcspn(p, " ");
	}
	return p;
}

/*
 * Parses "  sl: local peer st tx_queue:rx_queue tr:when retrnsmt uid timeout inode ...". IPv4 and
 * IPv6 differ in the length of the addresses.
 */
static int parse_inet(const char *line, struct socket_row *ret, unsigned *ret_state)
{
	const char *p = strchr(line, ':');
	char *end;

	if (!p)
		return -EBADMSG;
	p += 1 + strspn(p + 1, " ");
	ret->family = strcspn(p, ":") == 8 ? AF_INET : AF_INET6;
	p = parse_address(p, ret->family, ret->ip, &ret->port);
	if (p)
		p = parse_address(p, ret->family, ret->peer_ip, &ret->peer_port);
	if (!p)
		return -EBADMSG;
	*ret_state = (unsigned)strtoul(p, &end, 16);
	p = strchr(end, ':');
	if (!p)
		return -EBADMSG;
	ret->queued = (unsigned)strtoul(p + 1, &end, 16);
	p = skip_words(end, 4);
	ret->inode = strtoull(p, &end, 10);
	return end == p ? -EBADMSG : 0;
}

static bool inet_line(const char *line, enum socket_kind kind, void *arg, int *r)
{
	struct sockets_reading *s = arg;
	struct socket_row row;
	unsigned state = 0;

	memset(&row, 0, sizeof(row));
	row.kind = kind;
	*r = parse_inet(line, &row, &state);
	if (*r < 0)
		return false;
	/* No listening socket follows. */
	if (kind == SOCKET_TCP && !(s->wanted & SOCKETS_TCP_CONNECTED) && state != STATE_LISTEN &&
	    state != STATE_SYN_RECV)
		return false;
	if (!sockets_wanted(s, kind, state))
		return true;
	row.listens = kind == SOCKET_TCP && state == STATE_LISTEN;
	row.connected = kind == SOCKET_TCP ? !row.listens : row.peer_port != 0;
	if (!row.listens)
		row.queued = 0;
	s->ended = !s->fn(&row, s->arg);
	return !s->ended;
}

/* ---- unix sockets ---- */

struct rows {
	struct socket_row *list;
	size_t count;
	size_t room;
	const struct sockets_reading *reading;
};

static int add_row(struct rows *rows, const struct socket_row *row)
{
	struct socket_row *longer =
		list_longer(rows->list, rows->count, &rows->room, sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	rows->list = longer;
	rows->list[rows->count++] = *row;
	return 0;
}

/*
 * Takes a line "Num: RefCount Protocol Flags Type St Inode Path". A line of another form is the
 * rest of a name that contains a newline.
 */
static bool unix_line(const char *line, enum socket_kind kind, void *arg, int *r)
{
	struct rows *rows = arg;
	struct socket_row row;
	unsigned long long inode;
	unsigned flags;
	unsigned state;
	char path[SOCKET_PATH_SIZE + 1] = "";

	memset(&row, 0, sizeof(row));
	if (sscanf(line, "%*[^:]: %*x %*x %x %*x %x %llu %108[^\n]", &flags, &state, &inode, path) <
	    3)
		return true;
	row.kind = kind;
	row.family = AF_UNIX;
	row.inode = inode;
	row.listens = (flags & UNIX_ACCEPTS) != 0;
	row.connected = !row.listens && state == UNIX_CONNECTED;
	if (path[0] != '@' && strlen(path) < sizeof(row.path))
		memcpy(row.path, path, strlen(path) + 1);
	if (sockets_wanted(rows->reading, kind, row.listens ? STATE_LISTEN : STATE_ESTABLISHED) &&
	    (row.listens || row.connected))
		*r = add_row(rows, &row);
	return *r == 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct socket_row *x = a;
	const struct socket_row *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

/*
 * The kernel prints names as they are, with newlines: anybody can bind a name that looks like a
 * line about another process's socket. Then two lines have the same inode, and neither name is
 * used.
 */
static int unix_table(pid_t pid, struct sockets_reading *s)
{
	struct rows rows = {NULL, 0, 0, s};
	size_t i;
	int r = each_line(pid, "net/unix", SOCKET_UNIX, unix_line, &rows);

	if (!r && rows.count)
		qsort(rows.list, rows.count, sizeof(rows.list[0]), compare_rows);
	for (i = 1; !r && i < rows.count; i++) {
		if (rows.list[i].inode && rows.list[i].inode == rows.list[i - 1].inode)
			rows.list[i].path[0] = rows.list[i - 1].path[0] = '\0';
	}
	for (i = 0; !r && i < rows.count && !s->ended; i++)
		s->ended = !s->fn(&rows.list[i], s->arg);
	free(rows.list);
	return r;
}

int sockets_by_tables(pid_t pid, enum socket_kind kind, struct sockets_reading *s)
{
	bool tcp = kind == SOCKET_TCP;
	int r;

	if (kind == SOCKET_UNIX)
		return unix_table(pid, s);
	r = each_line(pid, tcp ? "net/tcp" : "net/udp", kind, inet_line, s);
	if (!r && !s->ended)
		r = each_line(pid, tcp ? "net/tcp6" : "net/udp6", kind, inet_line, s);
	return r;
}
