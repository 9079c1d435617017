/* Where a package's hook must do nothing: in an image, in a chroot, where the admin forbids it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "commands/package_policy.h"
#include "init/init.h"
#include "os/duration.h"
#include "os/file_id.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/path.h"
#include "trust/program.h"

#define POLICY    "/usr/sbin/policy-rc.d"
#define POLICY_US (10u * USEC_PER_SEC)

/*
 * Exit codes that forbid nothing: 0 and 104 allow the action, 1 and 105 say nothing about it
 * (policy-rc.d, in Debian's invoke-rc.d). And door_run_code()'s, where it was ended by a signal.
 */
static bool code_allows(int code)
{
	return code == 0 || code == 1 || code == 104 || code == 105 || code == 128;
}

static bool in_chroot(void)
{
	struct file_id of_init;
	struct file_id ours;

	if (access("/proc/self", F_OK) < 0)
		return true;
	return file_id_of("/proc/1/root", &of_init) == 0 && file_id_of("/", &ours) == 0 &&
	       !file_id_equal(&of_init, &ours);
}

/* systemd: parse_boolean() */
static bool is_yes(const char *text)
{
	static const char *const words[] = {"1", "yes", "y", "true", "t", "on"};
	size_t i;

	for (i = 0; text && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0)
			return true;
	}
	return false;
}

bool package_is_for_image(void)
{
	const char *root = getenv("DPKG_ROOT");

	return (root && *root && strcmp(root, "/") != 0) || is_yes(getenv("SYSTEMD_OFFLINE")) ||
	       in_chroot();
}

bool package_may_not_upgrade(const struct init *caller, const char *nginx)
{
	const char *script = getenv("DPKG_MAINTSCRIPT_NAME");

	return script && *script && strncmp(nginx, "/usr/sbin/", 10) == 0 &&
	       package_is_forbidden(caller, "upgrade");
}

bool package_is_forbidden(const struct init *caller, const char *action)
{
	static const struct believed root_alone = {0, NO_USER, NO_GROUP};
	struct program program = PROGRAM_NONE;
	struct actor ourselves = actor_ourselves();
	char name[] = POLICY;
	char service[128];
	char what[32];
	char *argv[] = {name, service, what, NULL};
	struct door_spec spec = {
		.program = &program, .actor = &ourselves, .argv = argv, .wake_fd = -1};
	struct distrust why;
	int code;

	if (geteuid() != 0 || program_at(&root_alone, "", POLICY, &program, &why) < 0)
		return false;
	(void)snprintf(service, sizeof(service), "%s", init_service(caller));
	(void)snprintf(what, sizeof(what), "%s", action);
	code = door_run_code(&spec, POLICY_US);
	program_close(&program);
	return code > 0 && !code_allows(code);
}
