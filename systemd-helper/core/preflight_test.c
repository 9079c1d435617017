/*
 * Judges the new binary's test of the configuration: whether it accepts it, and if not, whose fault
 * that is; how long a start takes; and which file it executes in the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/preflight.h"
#include "core/problems.h"
#include "nginx/ask_nginx.h"
#include "nginx/file_copy.h"
#include "os/exit_code.h"
#include "os/file_id.h"

static const char *conf_shown(const struct preflight *p)
{
	const char *conf = p->world->old_master.arguments.conf;

	if (conf)
		return conf;
	return p->have_new_build ? p->new_build.conf_path : "its compiled-in configuration";
}

/* Whether the running build refuses it as well: 1, 0, or -errno: that could not be asked. */
static int old_refuses(const struct preflight *p, const struct config_test *t)
{
	struct config_test again = {.program = &p->old_program, .as = t->as};
	struct ask_failure why;
	int r;

	if (p->one_build)
		return 1;
	if (p->old_program.fd < 0 || p->modules_placed)
		return -ENOENT;
	again.wake_fd = t->wake_fd;
	again.timeout_us = t->timeout_us;
	again.arguments = t->arguments;
	r = config_test_start(&again);
	if (r == 0)
		r = config_test_finish(&again, &why);
	config_test_sweep(&again, p->world->pid_file.path);
	config_test_free(&again);
	return r;
}

static void add_option_unknown(struct preflight *p, const struct ask_failure *why)
{
	problem_advise(
		problem_add(
			&p->problems, EXIT_CONFIG,
			"the new binary (%s %s) does not know an option that the running master was started with: %s",
			p->new_build.product, p->new_build.version, why->text),
		"take a build that knows it (-e: 1.19.5 and newer), or restart nginx once without that option");
}

static void add_refused(struct preflight *p, struct config_test *t, const struct ask_failure *why)
{
	const char *path = preflight_new_path(p);
	uid_t uid = p->world->old_master.subject.uid;
	int old = old_refuses(p, t);

	if (old > 0)
		problem_advise(
			problem_add(
				&p->problems, EXIT_CONFIG,
				"the configuration is wrong: not only the new binary (%s %s) refuses it, the one that runs does as well: %s",
				p->new_build.product, p->new_build.version, why->text),
			"correct %s (\"nginx-handover configtest\" tells when it is right); nginx goes on with what it has read before",
			conf_shown(p));
	else if (why->kind == ASK_DENIED)
		problem_advise(
			problem_add(
				&p->problems, EXIT_CONFIG,
				"the new binary (%s %s), run by uid %u as the running master is, may not do what the configuration needs: %s",
				p->new_build.product, p->new_build.version, (unsigned)uid,
				why->text),
			"give that user access to it; where the old binary had capabilities (\"getcap\" shows them), give the new one the same with setcap. nginx goes on as it runs");
	else
		problem_advise(
			problem_add(&p->problems, EXIT_CONFIG,
				    "the new binary (%s %s) refuses the configuration%s: %s",
				    p->new_build.product, p->new_build.version,
				    old == 0 ? ", which the one that runs accepts" : "", why->text),
			"build %s with what %s needs (\"nginx-handover upgrade --dry-run\" shows what the old build has and the new one lacks), or take that out of the configuration; nginx goes on as it runs",
			path, conf_shown(p));
}

/* There was no answer. The binary may be right, and something else in the way. */
static void add_no_answer(struct preflight *p, const struct ask_failure *why)
{
	bool waits =
		why->kind == ASK_TIMEOUT || why->kind == ASK_PIPE || why->kind == ASK_RESOURCES;
	const char *path = preflight_new_path(p);
	char advice[PATH_MAX + 512];

	p->interrupted = p->interrupted || why->interrupted;
	problem_advise(
		problem_add(
			&p->problems, EXIT_REFUSED,
			waits ? "the configuration could not be tested with the new binary %s: %s"
			      : "the new binary %s does not work: asked for a test of the configuration, %s",
			path, why->text),
		"%s", ask_advice(why, path, advice, sizeof(advice)));
}

static bool is_script(const struct program *program)
{
	char start[2] = "";

	return pread(program->fd, start, 2, 0) == 2 && start[0] == '#' && start[1] == '!';
}

/* Whether that file is nginx itself: then its children are its own business. */
static bool is_nginx(const struct preflight *p, const struct config_test *t)
{
	bool is;
	int fd;

	if (!t->image.inode || file_id_equal(&t->image, &p->program.id))
		return file_contains(p->program.fd, CONFIG_TEST_PASSED);
	fd = open(t->image_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	is = fd < 0 || file_contains(fd, CONFIG_TEST_PASSED);
	if (fd >= 0)
		(void)close(fd);
	return is;
}

/*
 * The new binary may be a launcher or a script that executes nginx. Then the new master must
 * execute that nginx. Where it was not seen for certain any file is accepted.
 */
static void find_image(struct preflight *p, const struct config_test *t)
{
	bool another = t->image.inode && !file_id_equal(&t->image, &p->program.id);

	if (t->has_children && !is_nginx(p, t))
		problem_advise(
			problem_add(
				&p->problems, EXIT_REFUSED,
				"the new binary %s starts nginx as a child, instead of becoming it: at USR2 the running master would take the launcher for the new master, and that one never serves",
				preflight_new_path(p)),
			"have it execute nginx (in a shell script: exec), or give nginx itself");
	p->is_launcher = another || is_script(&p->program) ||
			 (!t->image_is_last && !file_contains(p->program.fd, CONFIG_TEST_PASSED));
	if (!p->is_launcher || !t->image_is_last)
		return;
	p->image = t->image;
	(void)snprintf(p->image_path, sizeof(p->image_path), "%s", t->image_path);
}

void preflight_test(struct preflight *p, struct config_test *t, bool comparable)
{
	struct ask_failure why;
	int r = config_test_finish(t, &why);

	p->interrupted = p->interrupted || why.interrupted;
	/* That the binary cannot say its version was reported already. */
	if (!comparable || !p->have_new_build)
		return;
	p->warnings = t->warnings;
	p->test_us = t->took_us;
	p->accepted = r == 0;
	if (r < 0)
		add_no_answer(p, &why);
	else if (r > 0 && why.kind == ASK_OPTION)
		add_option_unknown(p, &why);
	else if (r > 0 && !p->modules_due)
		add_refused(p, t, &why);
	else if (r == 0)
		find_image(p, t);
}
