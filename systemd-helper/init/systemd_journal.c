/*
 * Everything that is said, as entries of the journal with fields to search by. Each kind of event
 * has a MESSAGE_ID: "journalctl MESSAGE_ID=... -u nginx" finds it. The entries are counted to the
 * unit by OBJECT_SYSTEMD_UNIT, which is believed when root says it. journald finds it by
 * OBJECT_PID, too, but not always in 219, and not when that process has gone.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "init/systemd.h"
#include "os/identity.h"
#include "ui/escape.h"
#include "ui/say.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

enum { ENTRY_FIELDS = 24, FIELD_SIZE = 2048 };

struct kind {
	const char *event;
	const char *message_id;
};

/* Made once, at random; they stay (the manual lists them). */
static const struct kind kinds[] = {
	{"begin", "e3ebb1d26b794c5bb6358477b7f0038a"},
	{"phase", "4f8b78fef4cd467e889be590dc4f534a"},
	{"turn", "cfd077caa493463ca10079aa5c75dd6f"},
	{"done", "199aecec8456492283baf54e5f1af46c"},
	{"handed_over", "9fcf82d99eb84ff38aa90de77e5f7267"},
	{"draining", "65f2f5a8fd1049a0b7fce3e593b2013d"},
	{"held", "b3cbfe856bfc4824801e6f4a3f5173c3"},
	{"hold", "9f158ea5efd54ef4a506485d93152185"},
	{"undone", "6f220fe7732c4ac2b0c12de8ca2ec7b2"},
	{"rolled_back", "ec3cca941817403297588c857a963490"},
	{"stuck", "8eadad159c6c484e9e262d508e269da0"},
	{"handover", "be5511c09ab04fa797b044835987a07f"},
	{"problem", "579e420521b9498d9da623c37b54c54e"},
	{"intrusion", "f88a0279148b4c0ab213bfad20e40fc8"},
};

static const char *message_id(const char *event)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].event, event) == 0)
			return kinds[i].message_id;
	}
	return NULL;
}

struct entry {
	struct iovec iov[ENTRY_FIELDS];
	char text[ENTRY_FIELDS][FIELD_SIZE];
	int count;
};

static void add(struct entry *e, const char *name, const char *value)
{
	char *text;
	int n;
	int i;

	if (e->count == ENTRY_FIELDS)
		return;
	text = e->text[e->count];
	n = snprintf(text, FIELD_SIZE, "%s=%s", name, value);
	if (n < 0)
		return;
	for (i = 0; name[i]; i++)
		text[i] = (char)toupper((unsigned char)name[i]);
	e->iov[e->count].iov_base = text;
	e->iov[e->count].iov_len = n < FIELD_SIZE ? (size_t)n : FIELD_SIZE - 1;
	e->count++;
}

static void add_number(struct entry *e, const char *name, uint64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	add(e, name, text);
}

static void add_fields(struct entry *e, const struct say_field *fields)
{
	char shown[FIELD_SIZE];

	for (; fields && fields->name; fields++) {
		const char *name =
			strcmp(fields->name, "phase") == 0 ? "HANDOVER_PHASE" : fields->name;

		if (fields->text)
			add(e, name, show_paths(fields->text, shown, sizeof(shown)));
		else
			add_number(e, name, fields->number);
	}
}

static struct outlet journal = {.fd = -1};
static bool is_output; /* standard output is the journal */

/*
 * The journal's own protocol (systemd.io: JOURNAL_NATIVE_PROTOCOL) rather than sd_journal_sendv(3),
 * which waits for a journald that does not read. Without libsystemd it is the same.
 */
static ssize_t send_to_journal(struct outlet *o, const char *text, size_t length)
{
	static const struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET};
	ssize_t n;

	identity_lift();
	n = sendto(o->fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&sa,
		   sizeof(sa));
	n = n < 0 ? -errno : n;
	identity_lower();
	return n;
}

/* Whether there is one to write to. */
static bool has_journal(void)
{
	if (journal.fd < 0) {
		int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		if (fd < 0)
			return false;
		outlet_open(&journal, "the journal", send_to_journal, fd);
	}
	return journal.open && access(JOURNAL_SOCKET, F_OK) == 0;
}

/* Eight bytes, the lowest first. */
static size_t write_length(char *to, size_t length)
{
	size_t i;

	for (i = 0; i < 8; i++) {
		to[i] = (char)(length & 0xff);
		length >>= 8;
	}
	return i;
}

/* "NAME=value" and a newline; where the value has newlines, its length instead of the "=". */
static size_t write_field(char *to, const struct iovec *field)
{
	const char *text = field->iov_base;
	size_t name = strcspn(text, "=");
	size_t length = field->iov_len - name - 1;
	size_t n = name;

	memcpy(to, text, name);
	if (memchr(text, '\n', field->iov_len)) {
		to[n++] = '\n';
		n += write_length(to + n, length);
	} else {
		to[n++] = '=';
	}
	memcpy(to + n, text + name + 1, length);
	n += length;
	to[n++] = '\n';
	return n;
}

static void put_entry(const struct entry *e)
{
	static char text[ENTRY_FIELDS * (FIELD_SIZE + 16)]; /* large, and one at a time */
	size_t n = 0;
	int i;

	for (i = 0; i < e->count; i++)
		n += write_field(text + n, &e->iov[i]);
	outlet_put(&journal, text, n);
}

static bool to_journal(enum say_level level, const char *event, const struct say_field *fields,
		       const char *line)
{
	static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG};
	static struct entry e; /* large, and one at a time */
	const struct systemd *s = &the_systemd;
	const char *id = message_id(event);
	pid_t object = s->round.old_master > 0 ? s->round.old_master : s->round.new_master;

	/* journald looks for our unit by our pid, which may have gone by then: not by that of
	 * nginx. */
	if (object <= 0)
		object = s->attached;
	if ((object <= 0 && is_output) || !has_journal())
		return false;
	e.count = 0;
	add(&e, "MESSAGE", line);
	add(&e, "SYSLOG_IDENTIFIER", "nginx-handover");
	add_number(&e, "PRIORITY", (uint64_t)priorities[level]);
	if (id)
		add(&e, "MESSAGE_ID", id);
	add(&e, "HANDOVER_EVENT", event);
	if (object > 0)
		add_number(&e, "OBJECT_PID", (uint64_t)object);
	if (s->unit[0]) {
		add(&e, "OBJECT_SYSTEMD_UNIT", s->unit);
		add(&e, "HANDOVER_UNIT", s->unit);
	}
	add_fields(&e, fields);
	put_entry(&e);
	return true;
}

/* systemd connects the output of what it starts to a socket of the journal's. */
static bool is_journal(int fd)
{
	static const char path[] = "/run/systemd/journal/stdout";
	struct sockaddr_un sa;
	socklen_t length = sizeof(sa);

	memset(&sa, 0, sizeof(sa));
	return getpeername(fd, (struct sockaddr *)&sa, &length) == 0 && sa.sun_family == AF_UNIX &&
	       strncmp(sa.sun_path, path, sizeof(sa.sun_path)) == 0;
}

void systemd_journal_open(bool loaded)
{
	is_output = is_journal(STDOUT_FILENO) && is_journal(STDERR_FILENO);
	say_set_sink(loaded ? to_journal : NULL, loaded ? &journal : NULL, is_output);
}
