/* The table of settings, and how options and the environment fill it; the file: settings_file.c. */
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/settings.h"
#include "commands/settings_private.h"
#include "os/duration.h"
#include "trust/path.h"
#include "ui/stream.h"

enum kind { KIND_PATH, KIND_TIME, KIND_CHOICE, KIND_NAME, KIND_USER, KIND_FLAG };

#define ANYWHERE 1 /* may stand in the environment and the settings file too */

struct setting {
	const char *name;
	char letter;
	enum kind kind;
	int flags;
	unsigned verbs; /* of enum verb_bit */
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
	{"force", 0, KIND_FLAG, 0, VERB_UPGRADE, AT(force), NULL,
	 "hand over also to the very bytes that run"},
	{"to", 0, KIND_PATH, 0, VERB_ROLLBACK, AT(to), "VERSION",
	 "to this build: a version, or the name of a backup"},
	{"restart", 0, KIND_FLAG, 0, VERB_ROLLBACK, AT(restart), NULL,
	 "stop and start nginx where its master cannot be upgraded"},
	{"rollback-restarts", 0, KIND_CHOICE, ANYWHERE, VERB_ROLLBACK, AT(rollback_restarts),
	 "yes|no", "the same, for the settings (no)"},
	{"dry-run", 0, KIND_FLAG, 0, VERB_UPGRADE | VERB_ROLLBACK, AT(dry_run), NULL,
	 "say what would be done and what would stop it"},
	{"start-timeout", 0, KIND_TIME, ANYWHERE, VERB_ALL, AT(start_timeout_us), "TIME",
	 "how long a master may take to be ready (10s, more after a slow test)"},
	{"test-timeout", 0, KIND_TIME, ANYWHERE, VERB_ALL, AT(test_timeout_us), "TIME",
	 "how long nginx may test its configuration (1min 30s)"},
	{"memory-check", 0, KIND_CHOICE, ANYWHERE, VERB_ALL, AT(memory_check), "refuse|warn",
	 "where two generations seem not to fit in memory (refuse)"},
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
	{"on-package-failure", 0, KIND_CHOICE, ANYWHERE, VERB_PACKAGE_UPDATE,
	 AT(on_package_failure), "leave|restore",
	 "after an undone update: put back the files that run (leave)"},
	{"after-lock", 0, KIND_PATH, 0, VERB_PACKAGE_UPDATE, AT(after_lock), "FILE",
	 "in the background, when nobody holds a lock on FILE any more"},
	{"pid-file", 0, KIND_PATH, ANYWHERE, VERB_ALL, AT(pid_file), "FILE",
	 "nginx's pid file; the rest follows from it"},
	{"nginx", 0, KIND_PATH, ANYWHERE, VERB_ALL, AT(nginx), "FILE", "the nginx binary"},
	{"conf", 0, KIND_PATH, ANYWHERE, VERB_ALL, AT(conf), "FILE",
	 "its configuration, where it is not the compiled-in one"},
	{"trust-user", 0, KIND_USER, ANYWHERE, VERB_ALL, AT(trust_user), "NAME",
	 "may own and write nginx's files, as root may"},
	{"settings", 0, KIND_PATH, 0, VERB_ALL, AT(settings), "FILE",
	 "settings file (/etc/sysconfig/nginx, /etc/default/nginx)"},
	{"service", 0, KIND_NAME, 0, VERB_ALL, AT(service), "NAME",
	 "called by the init script of that name, which has its settings file"},
	{"init", 0, KIND_CHOICE, ANYWHERE, VERB_ALL, AT(init), "auto|systemd|sysv|none",
	 "the init system to report to (auto)"},
	{"trace", 0, KIND_PATH, 0, VERB_DRIVES, AT(trace), "FILE",
	 "add to FILE what each round saw and decided"},
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
	s->trust_uid = NO_USER;
	s->trust_gid = NO_GROUP;
	s->drain_expired = "leave";
	s->init = "auto";
	s->reload_upgrades = "binary";
	s->rollback_restarts = "no";
	s->on_package_update = "auto";
	s->on_package_failure = "leave";
	s->start_timeout_us = 10u * USEC_PER_SEC;
	s->test_timeout_us = 90u * USEC_PER_SEC;
	s->memory_check = "refuse";
	s->settle_us = 1u * USEC_PER_SEC;
	s->drain_timeout_us = 60u * USEC_PER_SEC;
}

int settings_fail(struct settings_error *err, const char *format, ...)
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

/* "must be leave or term" */
static const char *must_be(const char *words, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "must be ");

	for (; *words && n + 5 < size; words++) {
		if (*words == '|')
			n += (size_t)snprintf(ret + n, size - n, " or ");
		else
			ret[n++] = *words;
	}
	ret[n] = '\0';
	return ret;
}

/* It becomes a part of paths. */
static bool is_name(const char *value)
{
	static const char good[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.@+";
	size_t length = strspn(value, good);

	return length && length <= 64 && !value[length] && value[0] != '.' && value[0] != '-';
}

/* By its name or number. A number needs no account; it has no group then. */
static bool find_user(const char *value, uid_t *ret_uid, gid_t *ret_gid)
{
	size_t digits = strspn(value, "0123456789");
	const struct passwd *account;
	unsigned long long number;

	if (!digits || value[digits]) {
		account = getpwnam(value);
		if (!account)
			return false;
		*ret_uid = account->pw_uid;
		*ret_gid = account->pw_gid;
		return true;
	}
	errno = 0;
	number = strtoull(value, NULL, 10);
	if (errno || number >= NO_USER)
		return false;
	account = getpwuid((uid_t)number);
	*ret_uid = (uid_t)number;
	*ret_gid = account ? account->pw_gid : NO_GROUP;
	return true;
}

/* A value that is understood, by its kind. */
struct value {
	uint64_t time_us;
	uid_t uid;
	gid_t gid;
};

/* NULL: it is good. What is wrong may be written to `text`. */
static const char *value_fault(const struct setting *row, const char *value, struct value *ret,
			       char *text, size_t size)
{
	switch (row->kind) {
	case KIND_PATH: return *value ? NULL : "must not be empty";
	case KIND_TIME:
		return duration_parse(value, &ret->time_us) < 0
			       ? "is not a time; write 90, 90s, 5min or 1h 30min"
			       : NULL;
	case KIND_NAME: return is_name(value) ? NULL : "is not the name of a service";
	case KIND_USER:
		return find_user(value, &ret->uid, &ret->gid)
			       ? NULL
			       : "is not a user here. What to do: name one that \"getent passwd\" shows, or leave it out";
	case KIND_CHOICE:
		return is_choice(row->value, value) ? NULL : must_be(row->value, text, size);
	default: return NULL;
	}
}

/* Root is believed anyway, and its group is not. */
static void trust(struct settings *s, const struct value *v)
{
	s->trust_uid = v->uid ? v->uid : NO_USER;
	s->trust_gid = v->uid ? v->gid : NO_GROUP;
}

/*
 * Keeps `value` by reference; where it does not last the caller has copied it. name: what it is
 * called where it comes from.
 */
static int set(struct settings *s, size_t i, const char *name, const char *value, const char *from,
	       struct settings_error *err)
{
	void *field = (char *)s + table[i].offset;
	struct value v = {0, NO_USER, NO_GROUP};
	const char *fault;
	char text[64];

	if (s->given & (1ull << i))
		return 0;
	fault = value_fault(&table[i], value, &v, text, sizeof(text));
	if (fault)
		return settings_fail(err, "%s: \"%.100s\" for %s %s", from, value, name, fault);
	s->given |= 1ull << i;
	if (table[i].kind == KIND_FLAG)
		*(bool *)field = true;
	else if (table[i].kind == KIND_TIME)
		*(uint64_t *)field = v.time_us;
	else
		*(const char **)field = value;
	if (table[i].kind == KIND_USER)
		trust(s, &v);
	if (field == (void *)&s->start_timeout_us)
		s->start_timeout_given = true;
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
			return settings_fail(err, "unknown option %s", argv[n]);
		if (!(table[i].verbs & verb))
			return settings_fail(err, "--%s does not go with this command",
					     table[i].name);
		if (table[i].kind == KIND_FLAG && value)
			return settings_fail(err, "--%s takes no value", table[i].name);
		if (table[i].kind != KIND_FLAG && !value) {
			if (n + 1 == argc)
				return settings_fail(err, "--%s needs a value: %s", table[i].name,
						     table[i].value);
			value = argv[++n];
		}
		s->given &= ~(1ull << i); /* the last of several counts */
		if (set(s, (size_t)i, table[i].name, value ? value : "", "option", err) < 0)
			return -1;
	}
	return 0;
}

/* The variable that may say it. Without a prefix of ours, INIT=/sbin/init and the like would. */
#define ENVIRONMENT_PREFIX "NGINX_HANDOVER_"

/* "DRAIN_TIMEOUT", with a prefix. */
static void capital_name(const struct setting *row, const char *prefix, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "%s", prefix);
	const char *p;

	for (p = row->name; *p && n + 1 < size; p++)
		ret[n++] = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));
	ret[n] = '\0';
}

/* Neither of the environment nor of a file is it known from which folder it was meant. */
static int set_absolute(struct settings *s, size_t i, const char *name, const char *value,
			const char *from, struct settings_error *err)
{
	if (table[i].kind == KIND_PATH && value[0] != '/')
		return settings_fail(err, "%s: %s must be an absolute path, not \"%.100s\"", from,
				     name, value);
	return set(s, i, name, value, from, err);
}

int settings_environment(struct settings *s, struct settings_error *err)
{
	char name[64];
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		const char *value;

		if (!(table[i].flags & ANYWHERE))
			continue;
		capital_name(&table[i], ENVIRONMENT_PREFIX, name, sizeof(name));
		value = getenv(name);
		if (value && set_absolute(s, i, name, value, "environment", err) < 0)
			return -1;
	}
	return 0;
}

/* The row that may stand in a file by that name, or -1. */
static int find_name(const char *name)
{
	char capital[64];
	int i;

	for (i = 0; i < SETTINGS; i++) {
		capital_name(&table[i], "", capital, sizeof(capital));
		if ((table[i].flags & ANYWHERE) && strcmp(capital, name) == 0)
			return i;
	}
	return -1;
}

bool settings_known(const char *name)
{
	return find_name(name) >= 0;
}

int settings_by_name(struct settings *s, const char *name, const char *value, const char *from,
		     struct settings_error *err)
{
	int i = find_name(name);
	char *copy;
	int r;

	if (i < 0)
		return 0; /* another program's setting */
	if (strchr(value, '$'))
		return settings_fail(err,
				     "%s: %s is \"%.100s\", but variables are not expanded here",
				     from, name, value);
	if (table[i].kind == KIND_TIME || (s->given & (1ull << i)))
		return set_absolute(s, (size_t)i, name, value, from, err);
	copy = strdup(value); /* lives as long as the settings: for the whole run */
	if (!copy)
		return settings_fail(err, "out of memory");
	r = set_absolute(s, (size_t)i, name, copy, from, err);
	if (r < 0)
		free(copy);
	return r;
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
		stream_print(stream_output(), "  %s%c%s %-31s %s\n", table[i].letter ? "-" : " ",
			     table[i].letter ? table[i].letter : ' ', table[i].letter ? "," : " ",
			     option, table[i].help);
	}
}
