/*
 * Runs the init script of a service, which knows the arguments that nginx is started with. It is
 * called as a person would call it, by service(8) or rc-service(8): these give it its own path and
 * a clean environment.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/init_script.h"
#include "os/file_text.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/path.h"
#include "trust/program.h"

static const struct believed root_alone = {0, NO_USER, NO_GROUP};

enum { SCRIPT_MAX = 64 * 1024 };

static bool script_names(int fd, const char *nginx)
{
	char *text = nginx[0] ? file_text(fd, SCRIPT_MAX) : NULL;
	bool does = text && (strstr(text, nginx) || strstr(text, "nginx-handover"));

	free(text);
	return does;
}

bool init_script_starts(const char *service, const char *nginx)
{
	struct program program = PROGRAM_NONE;
	struct distrust why;
	char path[256];
	bool does;

	(void)snprintf(path, sizeof(path), "/etc/init.d/%s", service);
	does = geteuid() == 0 && program_at(&root_alone, "", path, &program, &why) == 0 &&
	       script_names(program.fd, nginx);
	program_close(&program);
	return does;
}

static int open_service(struct program *ret)
{
	struct distrust why;
	static const char *const paths[] = {"/usr/sbin/service", "/sbin/service",
					    "/sbin/rc-service", "/usr/sbin/rc-service"};
	int r = -ENOENT;
	size_t i;

	for (i = 0; r == -ENOENT && i < sizeof(paths) / sizeof(paths[0]); i++)
		r = program_at(&root_alone, "", paths[i], ret, &why);
	return r;
}

int init_script_run(const char *service, const char *verb, uint64_t timeout_us)
{
	struct program program = PROGRAM_NONE;
	struct actor ourselves = actor_ourselves();
	char program_name[] = "service";
	char name[128];
	char what[32];
	char *argv[] = {program_name, name, what, NULL};
	struct door_spec spec = {.program = &program,
				 .actor = &ourselves,
				 .argv = argv,
				 .own_streams = true,
				 .wake_fd = -1};
	int r = open_service(&program);

	(void)snprintf(name, sizeof(name), "%s", service);
	(void)snprintf(what, sizeof(what), "%s", verb);
	if (!r)
		r = door_run_code(&spec, timeout_us);
	program_close(&program);
	return r;
}
