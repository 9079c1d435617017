/* Fills the settings from options and the environment. The table is in settings_table.c, the file
 * is read by settings_file.c. */
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/settings.h"
#include "commands/settings_private.h"
#include "commands/verbs.h"
#include "nginx/configure_line.h"
#include "os/duration.h"
#include "os/exit_code.h"
#include "trust/path.h"

int settings_fail(struct settings_error *err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(err->text, sizeof(err->text), format, ap);
	va_end(ap);
	err->exit_code = EXIT_USAGE;
	return -EINVAL;
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

/* The name of a service. It becomes a part of paths. */
static bool is_name(const char *value)
{
	static const char good[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.@+";
	size_t length = strspn(value, good);

	return length && length <= 64 && !value[length] && value[0] != '.' && value[0] != '-';
}

static bool is_descriptor(const char *value)
{
	size_t digits = strspn(value, "0123456789");

	return digits && digits < 6 && !value[digits];
}

/* By name or number. A number without an account is accepted; its group is NO_GROUP. */
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

/* A value after parsing; which member counts depends on the kind of setting. */
struct value {
	uint64_t time_us;
	uid_t uid;
	gid_t gid;
};

static const char no_user[] =
	"is not a user here. What to do: name one that \"getent passwd\" shows, or leave it out";

/* NULL: the value is good, and *ret has it. Else what is wrong with it; `text` is room for that. */
static const char *wrong_value(const struct setting *row, const char *value, struct value *ret,
			       char *text, size_t size)
{
	switch (row->kind) {
	case KIND_PATH: return *value ? NULL : "must not be empty";
	case KIND_TIME:
		return duration_parse(value, &ret->time_us) < 0
			       ? "is not a time; write 90, 90s, 5min or 1h 30min"
			       : NULL;
	case KIND_NAME: return is_name(value) ? NULL : "is not the name of a service";
	case KIND_USER: return find_user(value, &ret->uid, &ret->gid) ? NULL : no_user;
	case KIND_NUMBER: return is_descriptor(value) ? NULL : "is not the number of a descriptor";
	case KIND_SWITCH: return is_choice("yes|no", value) ? NULL : must_be("yes|no", text, size);
	case KIND_COMMAND: return strpbrk(value, "\n") || !*value ? "must be one line" : NULL;
	case KIND_ADDED:
		return configure_takes(value)
			       ? NULL
			       : "is no option of configure: write --name or --name=value";
	case KIND_ACCOUNT: /* the setting keeps the name */
		return find_user(value, &ret->uid, &ret->gid) ? NULL : no_user;
	case KIND_CHOICE:
		return is_choice(row->value, value) ? NULL : must_be(row->value, text, size);
	default: return NULL;
	}
}

/* TRUST_USER=root changes nothing: root is trusted anyway, and the group root must not be. */
static void trust(struct settings *s, const struct value *v)
{
	s->trust_uid = v->uid ? v->uid : NO_USER;
	s->trust_gid = v->uid ? v->gid : NO_GROUP;
}

/*
 * Sets the i-th setting, if it has no value yet. Keeps a pointer to `value`, which must last. name:
 * what the setting is called where the value comes from, which is `from`.
 */
static int set(struct settings *s, size_t i, const char *name, const char *value, const char *from,
	       struct settings_error *err)
{
	void *field = (char *)s + settings_table[i].offset;
	struct value v = {0, NO_USER, NO_GROUP};
	const char *wrong;
	char text[64];

	if (s->given & (1ull << i))
		return 0;
	wrong = wrong_value(&settings_table[i], value, &v, text, sizeof(text));
	if (wrong)
		return settings_fail(err, "%s: \"%.100s\" for %s %s", from, value, name, wrong);
	s->given |= 1ull << i;
	if (settings_table[i].kind == KIND_FLAG)
		*(bool *)field = true;
	else if (settings_table[i].kind == KIND_ADDED && s->adds == ADDS_MAX)
		return settings_fail(err, "%s: more than %d of %s", from, ADDS_MAX, name);
	else if (settings_table[i].kind == KIND_ADDED)
		s->add[s->adds++] = value;
	else if (settings_table[i].kind == KIND_SWITCH)
		*(bool *)field = strcmp(value, "yes") == 0;
	else if (settings_table[i].kind == KIND_TIME)
		*(uint64_t *)field = v.time_us;
	else
		*(const char **)field = value;
	if (settings_table[i].kind == KIND_USER)
		trust(s, &v);
	if (field == (void *)&s->start_timeout_us)
		s->start_timeout_given = true;
	return 0;
}

/* The row that an argument names, or -1. *ret_value: what follows '=', or NULL. */
static int find_option(const char *argument, const char **ret_value)
{
	size_t length = strcspn(argument, "=");
	int i;

	*ret_value = argument[length] == '=' ? argument + length + 1 : NULL;
	for (i = 0; i < (int)settings_count; i++) {
		if (argument[0] == '-' && argument[1] == settings_table[i].letter &&
		    settings_table[i].letter && argument[2] == '\0')
			return i;
		if (strncmp(argument, "--", 2) == 0 &&
		    strlen(settings_table[i].name) == length - 2 &&
		    strncmp(argument + 2, settings_table[i].name, length - 2) == 0)
			return i;
	}
	return -1;
}

/* The number of a handover. */
static bool is_number(const char *text, uint64_t *ret)
{
	size_t length = strlen(text);

	if (!length || length > 15 || strspn(text, "0123456789") != length)
		return false;
	*ret = strtoull(text, NULL, 10);
	return *ret > 0;
}

int settings_command_line(struct settings *s, enum verb_bit verb, int argc, char *const argv[],
			  struct settings_error *err)
{
	int n;

	for (n = 0; n < argc; n++) {
		const char *value;
		int i = find_option(argv[n], &value);

		if (i < 0 && verb == VERB_HISTORY && is_number(argv[n], &s->number))
			continue;
		if (i < 0)
			return settings_unknown(err, argv[n]);
		if (!(settings_table[i].verbs & verb))
			return settings_fail(err, "--%s does not go with this command",
					     settings_table[i].name);
		if (settings_table[i].kind == KIND_FLAG && value)
			return settings_fail(err, "--%s takes no value", settings_table[i].name);
		if (settings_table[i].kind == KIND_SWITCH && !value)
			value = "yes";
		if (settings_table[i].kind != KIND_FLAG && !value) {
			if (n + 1 == argc)
				return settings_fail(err, "--%s needs a value: %s",
						     settings_table[i].name,
						     settings_table[i].value);
			value = argv[++n];
		}
		s->given &= ~(1ull << i); /* of an option that is given twice the last one counts */
		if (set(s, (size_t)i, settings_table[i].name, value ? value : "", "option", err) <
		    0)
			return -EINVAL;
	}
	return 0;
}

/* Variables of the environment have this prefix: a plain INIT= or NGINX= may be another program's.
 */
#define ENVIRONMENT_PREFIX "NGINX_HANDOVER_"

/* "drain-timeout" becomes "DRAIN_TIMEOUT", behind the prefix. */
static void capital_name(const struct setting *row, const char *prefix, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "%s", prefix);
	const char *p;

	for (p = row->name; *p && n + 1 < size; p++)
		ret[n++] = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));
	ret[n] = '\0';
}

/* A path in the environment or in a file must be absolute: nobody knows which folder it is relative
 * to. */
static int set_absolute(struct settings *s, size_t i, const char *name, const char *value,
			const char *from, struct settings_error *err)
{
	if (settings_table[i].kind == KIND_PATH && value[0] != '/')
		return settings_fail(err, "%s: %s must be an absolute path, not \"%.100s\"", from,
				     name, value);
	return set(s, i, name, value, from, err);
}

int settings_environment(struct settings *s, struct settings_error *err)
{
	char name[64];
	size_t i;

	for (i = 0; i < settings_count; i++) {
		const char *value;

		if (!(settings_table[i].flags & ANYWHERE))
			continue;
		capital_name(&settings_table[i], ENVIRONMENT_PREFIX, name, sizeof(name));
		value = getenv(name);
		if (value && set_absolute(s, i, name, value, "environment", err) < 0)
			return -EINVAL;
	}
	return 0;
}

/* The row that has this name in a file, or -1. */
static int find_name(const char *name)
{
	char capital[64];
	int i;

	for (i = 0; i < (int)settings_count; i++) {
		capital_name(&settings_table[i], "", capital, sizeof(capital));
		if ((settings_table[i].flags & ANYWHERE) && strcmp(capital, name) == 0)
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
		return 0; /* a setting of another program */
	if (strchr(value, '$'))
		return settings_fail(err,
				     "%s: %s is \"%.100s\", but variables are not expanded here",
				     from, name, value);
	if (settings_table[i].kind == KIND_TIME || (s->given & (1ull << i)))
		return set_absolute(s, (size_t)i, name, value, from, err);
	copy = strdup(value); /* never freed: settings last until the process ends */
	if (!copy)
		return settings_fail(err,
				     "out of memory. What to do: try again when there is some");
	r = set_absolute(s, (size_t)i, name, copy, from, err);
	if (r < 0)
		free(copy);
	return r;
}

bool settings_unnamed(const struct settings *s)
{
	const size_t which[] = {offsetof(struct settings, pid_file),
				offsetof(struct settings, nginx), offsetof(struct settings, conf),
				offsetof(struct settings, settings)};
	size_t i, j;

	for (i = 0; i < settings_count; i++) {
		for (j = 0; j < sizeof(which) / sizeof(which[0]); j++) {
			if (settings_table[i].offset == which[j] && (s->said & (1ull << i)))
				return false;
		}
	}
	return true;
}
