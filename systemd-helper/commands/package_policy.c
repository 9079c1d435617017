/* Where the hook of a package has no business: an image, a chroot, a machine whose admin forbids
 * it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands/package_policy.h"
#include "init/init.h"
#include "os/duration.h"
#include "trust/door.h"

#define POLICY    "/usr/sbin/policy-rc.d"
#define POLICY_US (10u * USEC_PER_SEC)

/* Of policy-rc.d: allowed, and "behaviour uncertain, policy undefined". */
enum { POLICY_ALLOWS = 104, POLICY_UNDEFINED = 105 };

static bool in_chroot(void)
{
	struct stat of_init;
	struct stat ours;

	if (access("/proc/self", F_OK) < 0)
		return true;
	if (stat("/proc/1/root", &of_init) < 0 || stat("/", &ours) < 0)
		return false;
	return of_init.st_dev != ours.st_dev || of_init.st_ino != ours.st_ino;
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

bool package_may_not_upgrade(const char *nginx)
{
	const char *script = getenv("DPKG_MAINTSCRIPT_NAME");

	return script && *script && strncmp(nginx, "/usr/sbin/", 10) == 0 &&
	       package_is_forbidden("upgrade");
}

bool package_is_forbidden(const char *action)
{
	static const struct believed root_alone = {0, NO_USER, NO_GROUP};
	static struct door_result result;
	struct program program = PROGRAM_NONE;
	struct actor ourselves = actor_ourselves();
	char name[] = POLICY;
	char service[128];
	char what[32];
	char *argv[] = {name, service, what, NULL};
	struct door_spec spec = {
		.program = &program, .actor = &ourselves, .argv = argv, .wake_fd = -1};
	struct distrust why;
	int code = 0;

	if (geteuid() != 0 || program_at(&root_alone, "", POLICY, &program, &why) < 0)
		return false;
	(void)snprintf(service, sizeof(service), "%s", init_service());
	(void)snprintf(what, sizeof(what), "%s", action);
	if (door_run(&spec, POLICY_US, &result) == 0)
		code = WIFEXITED(result.status) ? WEXITSTATUS(result.status) : 1;
	program_close(&program);
	return code != 0 && code != 1 && code != POLICY_ALLOWS && code != POLICY_UNDEFINED;
}
