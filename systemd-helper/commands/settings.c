/* The table of settings, and the three places they come from. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/settings.h"
#include "os/assignment.h"
#include "os/duration.h"

enum kind { KIND_PATH, KIND_TIME, KIND_CHOICE, KIND_NAME, KIND_FLAG };

#define ANYWHERE 1 /* may stand in the environment and the settings file too */

struct setting {
	const char *name;
	char letter;
	enum kind kind;
	int flags;
	enum verb_bit verbs;
	size_t offset;
	const char *value;
	const char *help;
};

#define AT(field) offsetof(struct settings, field)

/* clang-format off */
static const struct setting table[] = {
	{"binary", 0, KIND_PATH, 0, VERB_UPGRADE, AT(binary), "NEW",
	 "install this binary, then hand over to it"},
	{"if-needed", 0, KIND_FLAG, 0, VERB_UPGRADE, AT(if_needed), NULL,
	 "only when the running master maps replaced files"},
	{"dry-run", 0, KIND_FLAG, 0, VERB_UPGRADE, AT(dry_run), NULL,
	 "say what would be done and what would stop it"},
	{"start-timeout", 0, KIND_TIME, ANYWHERE, VERB_ALL, AT(start_timeout_us), "TIME",
	 "how long a master may take to be ready (10s)"},
	{"settle", 0, KIND_TIME, ANYWHERE, VERB_ALL, AT(settle_us), "TIME",
	 "how long the new generation is watched alone (1s)"},
	{"drain-timeout", 0, KIND_TIME, ANYWHERE, VERB_ALL, AT(drain_timeout_us), "TIME",
	 "how long old workers may finish their clients (1min)"},
	{"drain-expired", 0, KIND_CHOICE, ANYWHERE, VERB_ALL, AT(drain_expired), "leave|term",
	 "what to do with those that take longer (leave)"},
	{"reload-upgrades", 0, KIND_CHOICE, ANYWHERE, VERB_RELOAD, AT(reload_upgrades),
	 "binary|all|no", "what makes an upgrade of a reload (binary)"},
	{"on-package-update", 0, KIND_CHOICE, ANYWHERE, VERB_PACKAGE_UPDATE, AT(on_package_update),
	 "auto|upgrade|report|no", "what it does (auto: upgrade for nginx, report for libraries)"},
	{"after-lock", 0, KIND_PATH, 0, VERB_PACKAGE_UPDATE, AT(after_lock), "FILE",
	 "in the background, when nobody holds a lock on FILE any more"},
	{"pid-file", 0, KIND_PATH, ANYWHERE, VERB_ALL, AT(pid_file), "FILE",
	 "nginx's pid file; the rest follows from it"},
	{"nginx", 0, KIND_PATH, ANYWHERE, VERB_ALL, AT(nginx), "FILE", "the nginx binary"},
	{"conf", 0, KIND_PATH, ANYWHERE, VERB_ALL, AT(conf), "FILE",
	 "its configuration, where it is not the compiled-in one"},
	{"settings", 0, KIND_PATH, 0, VERB_ALL, AT(settings), "FILE",
	 "settings file (/etc/sysconfig/nginx, /etc/default/nginx)"},
	{"service", 0, KIND_NAME, 0, VERB_ALL, AT(service), "NAME",
	 "called by the init script of that name, which has its settings file"},
	{"init", 0, KIND_CHOICE, ANYWHERE, VERB_ALL, AT(init), "auto|systemd|sysv|none",
	 "the init system to report to (auto)"},
	{"json", 0, KIND_FLAG, 0, VERB_ALL, AT(json), NULL, "one object a line"},
	{"quiet", 'q', KIND_FLAG, 0, VERB_ALL, AT(quiet), NULL, "errors and warnings only"},
	{"verbose", 'v', KIND_FLAG, 0, VERB_ALL, AT(verbose), NULL, "every action too"},
	{"help", 'h', KIND_FLAG, 0, VERB_ALL, AT(help), NULL, "this text"},
	{"version", 'V', KIND_FLAG, 0, VERB_ALL, AT(version), NULL, "the version"},
};
/* clang-format on */

enum { SETTINGS = sizeof(table) / sizeof(table[0]) };

void settings_defaults(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	s->drain_expired = "leave";
	s->init = "auto";
	s->reload_upgrades = "binary";
	s->on_package_update = "auto";
	s->start_timeout_us = 10u * USEC_PER_SEC;
	s->settle_us = 1u * USEC_PER_SEC;
	s->drain_timeout_us = 60u * USEC_PER_SEC;
}

static int fail(struct settings_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(struct settings_error *err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(err->text, sizeof(err->text), format, ap);
	va_end(ap);
	err->exit_code = 2;
	return -1;
}

/* Whether the value is one of the words in "leave|term". */
static bool is_choice(const char *words, const char *value)
{
	size_t length = strlen(value);
	const char *p;

	for (p = words; p; p = strchr(p, '|')) {
		p += *p == '|';
		if (length && strcspn(p, "|") == length && strncmp(p, value, length) == 0)
			return true;
	}
	return false;
}

/* "must be leave or term"; stays good until the next call. */
static const char *must_be(const char *words)
{
	static char text[64];
	size_t n = (size_t)snprintf(text, sizeof(text), "must be ");

	for (; *words && n + 5 < sizeof(text); words++) {
		if (*words == '|')
			n += (size_t)snprintf(text + n, sizeof(text) - n, " or ");
		else
			text[n++] = *words;
	}
	text[n] = '\0';
	return text;
}

/* It becomes a part of paths. */
static bool is_name(const char *value)
{
	static const char good[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.@+";
	size_t length = strspn(value, good);

	return length && length <= 64 && !value[length] && value[0] != '.' && value[0] != '-';
}

static const char *value_fault(const struct setting *row, const char *value, uint64_t *ret_us)
{
	switch (row->kind) {
	case KIND_PATH: return *value ? NULL : "must not be empty";
	case KIND_TIME:
		return duration_parse(value, ret_us) < 0
			       ? "is not a time; write 90, 90s, 5min or 1h 30min"
			       : NULL;
	case KIND_NAME: return is_name(value) ? NULL : "is not the name of a service";
	case KIND_CHOICE: return is_choice(row->value, value) ? NULL : must_be(row->value);
	default: return NULL;
	}
}

/* Keeps `value` by reference; where it does not last the caller has copied it. */
static int set(struct settings *s, size_t i, const char *value, const char *from,
	       struct settings_error *err)
{
	void *field = (char *)s + table[i].offset;
	uint64_t time_us = 0;
	const char *fault;

	if (s->given & (1ull << i))
		return 0;
	fault = value_fault(&table[i], value, &time_us);
	if (fault)
		return fail(err, "%s: \"%.100s\" for %s %s", from, value, table[i].name, fault);
	s->given |= 1ull << i;
	if (table[i].kind == KIND_FLAG)
		*(bool *)field = true;
	else if (table[i].kind == KIND_TIME)
		*(uint64_t *)field = time_us;
	else
		*(const char **)field = value;
	return 0;
}

/* The row that an argument names; its value, if it has one behind '=', in *ret_value. */
static int find_option(const char *argument, const char **ret_value)
{
	size_t length = strcspn(argument, "=");
	int i;

	*ret_value = argument[length] == '=' ? argument + length + 1 : NULL;
	for (i = 0; i < SETTINGS; i++) {
		if (argument[0] == '-' && argument[1] == table[i].letter && table[i].letter &&
		    argument[2] == '\0')
			return i;
		if (strncmp(argument, "--", 2) == 0 && strlen(table[i].name) == length - 2 &&
		    strncmp(argument + 2, table[i].name, length - 2) == 0)
			return i;
	}
	return -1;
}

int settings_command_line(struct settings *s, enum verb_bit verb, int argc, char *const argv[],
			  struct settings_error *err)
{
	int n;

	for (n = 0; n < argc; n++) {
		const char *value;
		int i = find_option(argv[n], &value);

		if (i < 0)
			return fail(err, "unknown option %s", argv[n]);
		if (!(table[i].verbs & verb))
			return fail(err, "--%s does not go with this command", table[i].name);
		if (table[i].kind == KIND_FLAG && value)
			return fail(err, "--%s takes no value", table[i].name);
		if (table[i].kind != KIND_FLAG && !value) {
			if (n + 1 == argc)
				return fail(err, "--%s needs a value: %s", table[i].name,
					    table[i].value);
			value = argv[++n];
		}
		s->given &= ~(1ull << i); /* the last of several counts */
		if (set(s, (size_t)i, value ? value : "", "option", err) < 0)
			return -1;
	}
	return 0;
}

static void capital_name(const struct setting *row, char *ret, size_t size)
{
	size_t n;

	for (n = 0; row->name[n] && n + 1 < size; n++)
		ret[n] = (char)(row->name[n] == '-' ? '_' : toupper((unsigned char)row->name[n]));
	ret[n] = '\0';
}

int settings_environment(struct settings *s, struct settings_error *err)
{
	char name[64];
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		const char *value;

		if (!(table[i].flags & ANYWHERE))
			continue;
		capital_name(&table[i], name, sizeof(name));
		value = getenv(name);
		if (!value)
			continue;
		/* nginx's own variable of this name lists sockets: NGINX="6;7;". */
		if (table[i].kind == KIND_PATH && value[0] != '/')
			continue;
		if (set(s, i, value, "environment", err) < 0)
			return -1;
	}
	return 0;
}

static int set_by_name(struct settings *s, const char *name, const char *value, const char *from,
		       struct settings_error *err)
{
	char capital[64];
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		char *copy;
		int r;

		capital_name(&table[i], capital, sizeof(capital));
		if (!(table[i].flags & ANYWHERE) || strcmp(capital, name) != 0)
			continue;
		if (strchr(value, '$'))
			return fail(err,
				    "%s: %s is \"%.100s\", but variables are not expanded here",
				    from, name, value);
		if (table[i].kind == KIND_PATH && value[0] != '/')
			return fail(err, "%s: %s must be an absolute path, not \"%.100s\"", from,
				    name, value);
		if (table[i].kind == KIND_TIME || (s->given & (1ull << i)))
			return set(s, i, value, from, err);
		copy = strdup(value); /* lives as long as the settings: for the whole run */
		if (!copy)
			return fail(err, "out of memory");
		r = set(s, i, copy, from, err);
		if (r < 0)
			free(copy);
		return r;
	}
	return 0; /* another program's setting */
}

struct reading {
	struct settings *s;
	const char *path;
	struct settings_error *err;
};

static int set_line(void *arg, const char *name, const char *value)
{
	struct reading *r = arg;

	return set_by_name(r->s, name, value, r->path, r->err);
}

static int open_and_read(struct settings *s, const char *path, bool must_exist,
			 struct settings_error *err)
{
	struct reading reading = {s, path, err};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *f;
	int r;

	if (fd < 0) {
		if (!must_exist)
			return 1;
		return fail(err, "settings file %s: %s", path, strerror(errno));
	}
	f = fdopen(fd, "r");
	if (!f || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)(f ? fclose(f) : close(fd));
		return fail(err, "settings file %s is not a regular file", path);
	}
	/* It names what will be executed. */
	if ((st.st_mode & S_IWOTH) || (st.st_uid != 0 && st.st_uid != geteuid()))
		r = fail(err,
			 "settings file %s belongs to uid %u and has mode %04o: others can change "
			 "it, so it is not read",
			 path, (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777));
	else
		r = assignments_read(f, set_line, &reading);
	(void)fclose(f);
	return r;
}

/* The usual file of that folder; 1: there is none. */
static int usual_file(struct settings *s, const char *folder, struct settings_error *err)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, s->service ? s->service : "nginx");
	return open_and_read(s, path, false, err);
}

/* The file, whatever it says. */
static int any_file(struct settings *s, struct settings_error *err)
{
	int r;

	if (s->settings)
		return open_and_read(s, s->settings, true, err);
	r = usual_file(s, "/etc/sysconfig", err);
	return r == 1 ? usual_file(s, "/etc/default", err) : r;
}

int settings_file(struct settings *s, struct settings_error *err)
{
	int r = any_file(s, err);

	if (r < 0)
		return -1;
	if (!s->service || strcmp(s->service, "nginx") == 0 || (r == 0 && s->pid_file))
		return 0;
	if (r == 1)
		(void)fail(err, "%s has no settings file /etc/sysconfig/%s or /etc/default/%s",
			   s->service, s->service, s->service);
	else
		(void)fail(err, "the settings file of %s does not say which nginx it is: PID_FILE=",
			   s->service);
	err->exit_code = 6; /* LSB: not configured */
	return -1;
}

void settings_usage(enum verb_bit verb)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		char option[64];

		if (!(table[i].verbs & verb))
			continue;
		(void)snprintf(option, sizeof(option), "--%s%s%s", table[i].name,
			       table[i].value ? " " : "", table[i].value ? table[i].value : "");
		(void)printf("  %s%c%s %-31s %s\n", table[i].letter ? "-" : " ",
			     table[i].letter ? table[i].letter : ' ', table[i].letter ? "," : " ",
			     option, table[i].help);
	}
}
