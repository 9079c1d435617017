/*
 * Finds the unit that an nginx is to be moved into, and checks what stands in the way. Nothing is
 * changed here; each refusal says what to do.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/manager.h"
#include "init/manager_private.h"
#include "init/systemd.h"
#include "init/systemd_adopt.h"
#include "os/cgroups.h"
#include "os/clock.h"
#include "os/file_id.h"
#include "os/procfs.h"
#include "os/rooted.h"
#include "ui/say.h"

#define NGINX_UNIT "nginx.service"

bool adopt_ask(struct adopting *a, const char *interface, const char *property)
{
	return manager_property(a->m, interface, property, clock_us() + SYSTEMD_ASK_US);
}

/* --- which unit ------------------------------------------------------------------------------ */

static bool follow_named(struct adopting *a, const char *name)
{
	const char *dot = strrchr(name, '.');

	(void)snprintf(a->name, sizeof(a->name), "%s%s", name,
		       dot && strcmp(dot, ".service") == 0 ? "" : ".service");
	return manager_load(a->m, a->name, SYSTEMD_ASK_US);
}

bool adopt_same_file(const char *one, const char *other)
{
	char a[PATH_MAX], b[PATH_MAX];

	return rooted_path("", one, a) == 0 && rooted_path("", other, b) == 0 && strcmp(a, b) == 0;
}

/* No unit names the pid file. A masked unit cannot name one. */
static void say_not_found(const struct adopting *a)
{
	if (systemd_is_masked(NGINX_UNIT))
		say(SAY_ERROR, NGINX_UNIT
		    " is masked: nothing may start it. Nothing was done. What to do: \"systemctl unmask " NGINX_UNIT
		    "\" (with --runtime where it was masked so), or name another unit, \"nginx-handover adopt --unit NAME\"");
	else
		say(SAY_ERROR,
		    "no unit names %s in PIDFile=, so that it is not known which one master %d belongs to. Nothing was done. What to do: name it, \"nginx-handover adopt --unit NAME\"",
		    a->what->pid_path, a->master);
}

static bool find_unit(struct adopting *a)
{
	const char *service = a->what->service;
	const char *pid_path = a->what->pid_path;

	if (!service && !manager_find(a->m, pid_path, clock_us() + SYSTEMD_ASK_US)) {
		say_not_found(a);
		return false;
	}
	if (service && (!follow_named(a, service) || !manager_knows(a->m))) {
		say(SAY_ERROR,
		    "systemd knows no unit %s. Nothing was done. What to do: see \"systemctl list-unit-files\"",
		    service);
		return false;
	}
	if (!adopt_ask(a, UNIT_INTERFACE, "LoadState") || strcmp(a->m->call.text, "loaded") != 0) {
		say(SAY_ERROR,
		    "%s cannot be started: systemd calls it %s. Nothing was done. What to do: see \"systemctl status %s\"; a masked one is freed by \"systemctl unmask %s\"",
		    a->m->unit, a->m->call.text[0] ? a->m->call.text : "unknown", a->m->unit,
		    a->m->unit);
		return false;
	}
	if (a->m->view.pid_file[0] && !adopt_same_file(a->m->view.pid_file, pid_path)) {
		say(SAY_ERROR,
		    "%s has PIDFile=%s, and the pid file of master %d is %s: it is another nginx's unit. Nothing was done. What to do: \"PIDFile=%s\" in that unit (systemctl edit %s) where it is not",
		    a->m->unit, a->m->view.pid_file, a->master, pid_path, pid_path, a->m->unit);
		return false;
	}
	return true;
}

/* --- what stands in the way ------------------------------------------------------------------ */

/* From another cgroup namespace, that of a container, the kernel lets nobody move processes. */
static bool sees_cgroups_of_systemd(void)
{
	struct file_id own, its;

	/* Before Linux 4.6 there is only one namespace. */
	return procfs_file_id(getpid(), "ns/cgroup", &own) < 0 ||
	       procfs_file_id(1, "ns/cgroup", &its) < 0 || file_id_equal(&own, &its);
}

static bool can_move(const struct adopting *a)
{
	int r;

	if (!sees_cgroups_of_systemd()) {
		say(SAY_ERROR,
		    "this run is in another cgroup namespace than systemd, and can move no process into %s. Nothing was done. What to do: run it where systemd runs, outside of the container",
		    a->m->unit);
		return false;
	}
	r = cgroups_writable("/system.slice");
	if (r == 0)
		return true;
	say(SAY_ERROR,
	    "no process can be moved into %s: the cgroups cannot be written (%s). Nothing was done. What to do: run it as root, from a shell that has /sys/fs/cgroup writable",
	    a->m->unit, strerror(-r));
	return false;
}

/* With these types the main process may live on after ExecStart= has ended. */
static bool has_right_type(const struct adopting *a)
{
	const char *type = a->m->view.type;

	if (strcmp(type, "forking") == 0 || strncmp(type, "notify", 6) == 0 ||
	    strcmp(type, "simple") == 0 || strcmp(type, "exec") == 0)
		return true;
	say(SAY_ERROR,
	    "%s has Type=%s, with which systemd watches over no nginx. Nothing was done. What to do: \"Type=forking\" and \"PIDFile=%s\" in that unit (systemctl edit %s), then try again",
	    a->m->unit, type, a->what->pid_path, a->m->unit);
	return false;
}

/* Whether the path can stand in a unit file without being quoted. */
static bool is_plain(const char *path)
{
	const char *p;

	for (p = path; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == '\\' || *p == '%' || *p == '"' || *p == '\'')
			return false;
	}
	return *path == '/' && p[-1] != ' ';
}

static bool is_free(const struct adopting *a)
{
	const char *state = a->m->view.active_state;

	if (strcmp(state, "active") == 0 && a->m->view.main_pid == (uint32_t)a->master)
		return true;
	if (strcmp(state, "active") == 0 && a->m->view.main_pid)
		say(SAY_ERROR,
		    "%s is active, and its main process is %u: that is another nginx. Nothing was done. What to do: see which of the two is wanted (\"ps -fp %u,%d\"), and end the other by \"kill -QUIT\"",
		    a->m->unit, a->m->view.main_pid, a->m->view.main_pid, a->master);
	else if (strcmp(state, "active") == 0)
		say(SAY_ERROR,
		    "%s is active without a main process, and systemd takes none for it now. Nothing was done. What to do: \"nginx-handover stop\", then \"systemctl restart %s\", when a moment without service does least harm",
		    a->m->unit, a->m->unit);
	else if (strcmp(state, "inactive") == 0 || strcmp(state, "failed") == 0)
		return true;
	else
		say(SAY_ERROR,
		    "%s is %s. Nothing was done. What to do: wait until that has ended (\"systemctl list-jobs\"), then try again",
		    a->m->unit, state);
	return false;
}

bool adopt_can_begin(struct adopting *a)
{
	if (!find_unit(a) || !has_right_type(a) || !is_free(a) || !can_move(a))
		return false;
	if (is_plain(a->what->pid_path))
		return true;
	say(SAY_ERROR,
	    "the path of the pid file, %s, has characters with a special meaning in a unit file. Nothing was done. What to do: set another path in nginx's \"pid\" directive, and restart nginx",
	    a->what->pid_path);
	return false;
}

void adopt_say_other_binary(struct adopting *a)
{
	const char *slash;

	if (!adopt_ask(a, SERVICE_INTERFACE, "ExecStart") || !a->m->call.text[0])
		return;
	slash = strrchr(a->m->call.text, '/');
	if ((slash && strcmp(slash + 1, "nginx-handover") == 0) ||
	    adopt_same_file(a->m->call.text, a->what->nginx))
		return;
	say(SAY_WARNING, "the next start of %s executes %s, and master %d executes %s", a->m->unit,
	    a->m->call.text, a->master, a->what->nginx);
}
