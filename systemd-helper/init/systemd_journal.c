/*
 * Everything that is said becomes an entry of the journal, with fields to search by. Each kind of
 * event has a MESSAGE_ID: "journalctl MESSAGE_ID=... -u nginx" finds it. OBJECT_SYSTEMD_UNIT, which
 * journald believes when root sends it, puts the entry among those of the unit. OBJECT_PID does
 * that, too, but not always in 219, and not when the process has gone.
 */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "init/systemd.h"
#include "init/unit.h"
#include "os/identity.h"
#include "ui/escape.h"
#include "ui/outlet.h"
#include "ui/say.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* The entry of the history has the most fields: 22, and 8 that each entry has. */
enum { ENTRY_FIELDS = 40, FIELD_SIZE = 2048 };

struct kind {
	const char *event;
	const char *message_id;
};

/* Random numbers that must never change: the manual lists them. */
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

/* An entry as it is sent. */
struct entry {
	unsigned fields;
	size_t length;
	char text[ENTRY_FIELDS * (FIELD_SIZE + 16)];
};

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

/*
 * "NAME=value" and a newline. Where the value has newlines, a newline and the length of the value
 * stand in place of the "=". A value that is too long for FIELD_SIZE is truncated.
 */
static void add_field(struct entry *e, const char *name, const char *value)
{
	size_t name_length = strlen(name);
	size_t room = FIELD_SIZE - name_length - 2;
	size_t length = strlen(value);
	char *to = e->text + e->length;

	if (e->fields == ENTRY_FIELDS)
		return;
	if (length > room)
		length = room;
	for (; *name; name++)
		*to++ = (char)toupper((unsigned char)*name);
	if (memchr(value, '\n', length)) {
		*to++ = '\n';
		to += write_length(to, length);
	} else {
		*to++ = '=';
	}
	memcpy(to, value, length);
	to += length;
	*to++ = '\n';
	e->length = (size_t)(to - e->text);
	e->fields++;
}

static void add_number(struct entry *e, const char *name, uint64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	add_field(e, name, text);
}

static void add_fields(struct entry *e, const struct say_field *fields)
{
	char shown[FIELD_SIZE];

	for (; fields && fields->name; fields++) {
		const char *name =
			strcmp(fields->name, "phase") == 0 ? "HANDOVER_PHASE" : fields->name;

		if (fields->text)
			add_field(e, name, show_paths(fields->text, shown, sizeof(shown)));
		else
			add_number(e, name, fields->number);
	}
}

static struct outlet journal = {.fd = -1};
static bool is_output; /* standard output is the journal */

/* What the entries are about. It stays set when the adapter is closed. */
static struct {
	char unit[UNIT_NAME_SIZE]; /* "": no unit */
	pid_t master;              /* 0: none */
} about;

/*
 * The journal's own protocol (systemd.io: JOURNAL_NATIVE_PROTOCOL) instead of sd_journal_sendv(3),
 * which waits for a journald that does not read. It also works without libsystemd.
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

/* Whether there is a journal to write to. */
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

static void add_about(struct entry *e)
{
	/*
	 * Without these journald would look up the unit of our own pid, which may have ended by
	 * then.
	 */
	if (about.master > 0)
		add_number(e, "OBJECT_PID", (uint64_t)about.master);
	if (about.unit[0]) {
		add_field(e, "OBJECT_SYSTEMD_UNIT", about.unit);
		add_field(e, "HANDOVER_UNIT", about.unit);
	}
}

static bool to_journal(enum say_level level, const char *event, const struct say_field *fields,
		       const char *line)
{
	static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG};
	const char *id = message_id(event);
	struct entry *e;

	if ((about.master <= 0 && is_output) || !has_journal())
		return false;
	e = malloc(sizeof(*e));
	if (!e)
		return false; /* then it goes to syslog */
	e->fields = 0;
	e->length = 0;
	add_field(e, "MESSAGE", line);
	add_field(e, "SYSLOG_IDENTIFIER", "nginx-handover");
	add_number(e, "PRIORITY", (uint64_t)priorities[level]);
	if (id)
		add_field(e, "MESSAGE_ID", id);
	add_field(e, "HANDOVER_EVENT", event);
	add_about(e);
	add_fields(e, fields);
	outlet_put(&journal, e->text, e->length);
	free(e);
	return true;
}

/* systemd connects the output of its services to a socket of the journal. */
static bool is_journal(int fd)
{
	static const char path[] = "/run/systemd/journal/stdout";
	struct sockaddr_un sa;
	socklen_t length = sizeof(sa);

	memset(&sa, 0, sizeof(sa));
	return getpeername(fd, (struct sockaddr *)&sa, &length) == 0 && sa.sun_family == AF_UNIX &&
	       strncmp(sa.sun_path, path, sizeof(sa.sun_path)) == 0;
}

void systemd_journal_about(const struct systemd *s)
{
	memcpy(about.unit, s->unit, sizeof(about.unit));
	about.master = s->round.old_master > 0 ? s->round.old_master : s->round.new_master;
	if (about.master <= 0)
		about.master = s->attached;
}

void systemd_journal_open(bool loaded)
{
	is_output = is_journal(STDOUT_FILENO) && is_journal(STDERR_FILENO);
	say_set_sink(loaded ? to_journal : NULL, loaded ? &journal : NULL, is_output);
}
