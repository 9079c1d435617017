/* Which package a file belongs to, by dpkg's lists, else by rpm. */
#include <stdio.h>
#include <string.h>

#include "commands/dpkg_lists.h"
#include "commands/package_check.h"
#include "commands/package_owner.h"
#include "os/duration.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/path.h"
#include "trust/program.h"

/* How long rpm may wait for its database, which another program may have locked. */
#define RPM_US (5u * USEC_PER_SEC)

struct search {
	const char *const *paths;
	size_t count;
	struct package_owner *owners;
};

static void note_owners(const char *name, size_t length, const char *text, void *arg)
{
	const struct search *s = arg;
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (!s->owners[i].name[0] && length < sizeof(s->owners[i].name) &&
		    dpkg_list_has(text, s->paths[i]))
			(void)snprintf(s->owners[i].name, sizeof(s->owners[i].name), "%.*s",
				       (int)length, name);
	}
}

struct answer {
	size_t length;
	char text[512];
};

static void on_output(void *arg, const char *text, size_t length)
{
	struct answer *a = arg;
	size_t room = sizeof(a->text) - 1 - a->length;

	if (length > room)
		length = room;
	memcpy(a->text + a->length, text, length);
	a->length += length;
	a->text[a->length] = '\0';
}

/* The first line, "NAME VERSION". A file of several packages has a line for each. */
static void parse_owner(const char *text, struct package_owner *ret)
{
	size_t name = strcspn(text, " \n");
	const char *version = text + name + 1;

	if (!name || text[name] != ' ')
		return;
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", (int)name, text);
	(void)snprintf(ret->version, sizeof(ret->version), "%.*s", (int)strcspn(version, "\n"),
		       version);
}

static void ask_rpm(const struct program *rpm, const char *path, struct package_owner *ret)
{
	struct actor ourselves = actor_ourselves();
	struct answer answer = {.length = 0};
	char name[] = "rpm";
	char query[] = "-qf";
	char format_option[] = "--queryformat";
	char format[] = "%{NAME} %{VERSION}-%{RELEASE}\\n";
	char end[] = "--";
	char file[PATH_MAX];
	char *argv[] = {name, query, format_option, format, end, file, NULL};
	struct door_spec spec = {.program = rpm,
				 .actor = &ourselves,
				 .argv = argv,
				 .on_output = on_output,
				 .on_output_arg = &answer,
				 .wake_fd = -1};

	(void)snprintf(file, sizeof(file), "%s", path);
	if (door_run_code(&spec, RPM_US) == 0)
		parse_owner(answer.text, ret);
}

static void ask_rpm_for_the_rest(const char *const *paths, size_t count, struct package_owner *ret)
{
	const struct believed believed = believed_caller();
	struct program rpm = PROGRAM_NONE;
	struct distrust why;
	size_t i;

	if (!package_has_rpm() || program_at(&believed, "", "/usr/bin/rpm", &rpm, &why) < 0)
		return;
	for (i = 0; i < count; i++) {
		if (!ret[i].name[0])
			ask_rpm(&rpm, paths[i], &ret[i]);
	}
	program_close(&rpm);
}

void package_owners(const char *const *paths, size_t count, struct package_owner *ret)
{
	struct search s = {paths, count, ret};
	size_t i;

	memset(ret, 0, count * sizeof(*ret));
	dpkg_lists_each(note_owners, &s);
	for (i = 0; i < count; i++) {
		if (ret[i].name[0])
			(void)dpkg_version(ret[i].name, ret[i].version, sizeof(ret[i].version));
	}
	ask_rpm_for_the_rest(paths, count, ret);
}
