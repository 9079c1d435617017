/*
 * Asks the two builds for their version and options, and whether the new one accepts the
 * configuration that it would read. The three questions run at the same time: they are most of what
 * a handover takes before USR2.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/passed_on.h"
#include "core/preflight.h"
#include "core/problems.h"
#include "init/init.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/config_scan.h"
#include "nginx/flavour.h"
#include "nginx/http_requests.h"
#include "nginx/pid_file.h"
#include "nginx/probe_accept.h"
#include "nginx/quic_steer.h"
#include "os/environment.h"
#include "os/error_text.h"
#include "os/exit_code.h"
#include "os/file_id.h"
#include "os/rooted.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/program.h"

struct questions {
	struct actor as; /* as the master, with the environment that it passes on at USR2 */
	struct running old_version;
	struct running new_version;
	struct config_test test;
};

const char *preflight_new_path(const struct preflight *p)
{
	return p->new_binary ? p->new_binary : p->world->target;
}

static void finish_versions(struct preflight *p, struct questions *q)
{
	struct ask_failure why;
	char advice[PATH_MAX + 512];

	if (!p->one_build && !p->have_old_build) {
		p->have_old_build = version_finish(&q->old_version, &p->old_build, &why) == 0;
		p->interrupted = why.interrupted;
	}
	p->have_new_build = version_finish(&q->new_version, &p->new_build, &why) == 0;
	if (!p->have_new_build) {
		p->interrupted = p->interrupted || why.interrupted;
		problem_advise(
			problem_add(&p->problems, EXIT_REFUSED,
				    "the new binary %s does not work: asked for its version, %s",
				    preflight_new_path(p), why.text),
			"%s", ask_advice(&why, preflight_new_path(p), advice, sizeof(advice)));
	}
	if (p->one_build) {
		p->have_old_build = p->have_new_build;
		p->old_build = p->new_build;
	}
}

/*
 * Whether the new binary is the file that runs: a library was replaced, or nginx only has to start
 * again.
 */
static bool is_one_build(const struct preflight *p)
{
	return file_id_equal(&p->program.id, &p->world->old_master.subject.image_id);
}

/* The flavour by the output of -V, if it knows that product; else by the title. */
static const struct flavour *old_flavour(const struct preflight *p)
{
	const struct build_info *b = &p->old_build;

	if (p->have_old_build && strcmp(b->product, b->flavour->product) == 0)
		return b->flavour;
	return p->world->old_master.arguments.flavour;
}

/*
 * A new master that does not inherit the sockets would serve beside the old one, or fail to start.
 */
static bool check_flavour(struct preflight *p)
{
	const struct flavour *before = old_flavour(p);
	const struct flavour *after = p->new_build.flavour;

	if (!p->have_new_build || flavour_inherits_from(after, before) ||
	    (p->have_old_build && strcmp(p->old_build.product, p->new_build.product) == 0))
		return true;
	problem_advise(
		problem_add(
			&p->problems, EXIT_REFUSED,
			"%s cannot take over from %s: a running %s hands its sockets over in the variable %s, and %s looks for them in %s",
			after->product, before->product, before->product, before->variable,
			after->product, after->variable),
		"stop %s and start %s with a configuration of its own; connections that are open then are lost, this once",
		before->product, after->product);
	return false;
}

/* Compares paths without trailing slashes. */
static bool same_path(const char *a, const char *b)
{
	size_t n = strlen(a);
	size_t m = strlen(b);

	while (n > 1 && a[n - 1] == '/')
		n--;
	while (m > 1 && b[m - 1] == '/')
		m--;
	return n == m && strncmp(a, b, n) == 0;
}

static void check_path(struct preflight *p, const char *what, const char *named, const char *before,
		       const char *after, const char *option)
{
	if (named || same_path(before, after))
		return;
	problem_advise(
		problem_add(
			&p->problems, EXIT_REFUSED,
			"the new build has another %s compiled in: %s, where the running one has %s, and nothing names it",
			what, after, before),
		"configure the new build with the paths of the old one, or restart nginx once with %s %s",
		option, before);
}

/* Compares a path of the two builds, each resolved with the -p of the running master. */
static void check_derived(struct preflight *p, const char *what, const char *named, bool is_pid,
			  const char *option)
{
	const char *prefix = p->world->old_master.arguments.prefix;
	const struct build_info *old = &p->old_build;
	const struct build_info *new = &p->new_build;
	char before[PATH_MAX];
	char after[PATH_MAX];

	if (build_path_under(old, is_pid ? old->pid_path : old->conf_path,
			     is_pid ? old->pid_relative : old->conf_relative, prefix,
			     before) == 0 &&
	    build_path_under(new, is_pid ? new->pid_path : new->conf_path,
			     is_pid ? new->pid_relative : new->conf_relative, prefix, after) == 0)
		check_path(p, what, named, before, after, option);
}

static void check_paths(struct preflight *p, const struct config_scan *scan)
{
	const struct title_arguments *a = &p->world->old_master.arguments;

	if (!p->have_old_build || !p->have_new_build)
		return;
	check_path(p, "prefix", a->prefix, p->old_build.prefix, p->new_build.prefix, "-p");
	check_derived(p, "configuration path", a->conf, false, "-c");
	check_derived(p, "pid file path", scan->pid, true,
		      "-g \"pid ...;\" or a \"pid\" directive:");
}

/* worker_processes can be in the configuration or behind -g: nginx refuses it in both at once. */
static void find_workers(struct preflight *p, const struct config_scan *scan,
			 const struct config_scan *of_arguments)
{
	const struct config_scan *says = of_arguments->workers_seen ? of_arguments : scan;

	p->workers = says->workers;
	p->workers_auto = says->workers_auto;
}

/*
 * A master that was handed sockets, or an empty list of them ("run" starts it like that), behaves
 * like one that has daemonised, whatever its configuration says (nginx: ngx_inherited).
 */
static bool was_handed_sockets(pid_t master)
{
	char **environment;
	bool was = false;
	size_t i;

	if (environment_of(master, &environment) < 0)
		return false;
	for (i = 0; environment[i] && !was; i++)
		was = flavour_is_handed_sockets(environment[i], strlen(environment[i]) + 1);
	environment_free(environment);
	return was;
}

/* "daemon off" may have been added after the start; what the master was started with counts. */
static void check_directives(struct preflight *p, const struct config_scan *scan)
{
	const struct title_arguments *a = &p->world->old_master.arguments;
	struct config_scan of_arguments;

	config_scan_init(&of_arguments);
	if (a->directives) {
		(void)config_scan_feed(&of_arguments, a->directives, strlen(a->directives));
		(void)config_scan_feed(&of_arguments, "\n", 1);
	}
	find_workers(p, scan, &of_arguments);
	p->shutdown_us = of_arguments.shutdown_us ? of_arguments.shutdown_us : scan->shutdown_us;
	if ((scan->daemon_off || of_arguments.daemon_off) &&
	    !was_handed_sockets(p->world->old_master.subject.process.pid))
		problem_advise(
			problem_add(
				&p->problems, EXIT_REFUSED,
				"nginx runs with \"daemon off\": such a master ignores USR2 while the process that started it is its parent, and WINCH always"),
			"let nginx daemonise (remove \"daemon off\") and restart it once; from then on it can be upgraded");
	if (scan->master_process_off)
		problem_advise(
			problem_add(
				&p->problems, EXIT_REFUSED,
				"the configuration says \"master_process off\": the new nginx would have no workers to hand over to"),
			"remove that line");
	config_scan_free(&of_arguments);
}

/* Finds the pid file of the new master, where it is another file than the one we know. */
static void find_new_pid_file(struct preflight *p, const struct config_scan *scan)
{
	struct world *w = p->world;
	const struct master *m = &w->old_master;
	char base[PATH_MAX];
	char path[PATH_MAX];
	char reached[PATH_MAX];
	char ours[PATH_MAX];
	struct file_id known;
	struct file_id named;

	pid_file_close(&w->new_pid_file);
	w->new_pid_file.path[0] = '\0';
	if (build_pid_file(&p->new_build, m->arguments.prefix, scan->pid, base) < 0 ||
	    path_join(m->cwd, base, path) < 0 || rooted_path(m->subject.root, path, reached) < 0)
		return;
	if ((file_id_of(w->pid_file.path, &known) == 0 && file_id_of(reached, &named) == 0 &&
	     file_id_equal(&known, &named)) ||
	    (rooted_path("", w->pid_file.path, ours) == 0 && strcmp(ours, reached) == 0))
		return;
	pid_file_open(&w->new_pid_file, &w->believed, reached);
}

/*
 * Asks the running build where its configuration is, which says what environment is passed on. This
 * is started first, so that the answer is there when the new binary has been copied, and only where
 * the environment matters.
 */
void preflight_ask_old(struct preflight *p)
{
	const struct master *m = &p->world->old_master;

	p->as_old = actor_of(&m->subject, NULL);
	p->as_old.limits = p->limits;
	if (program_of(&m->subject, &p->old_program) < 0 ||
	    !passed_on_matters(p->as_old.environment) ||
	    version_start(&p->old_program, &p->as_old, p->wake_fd, &p->asked_old) < 0)
		p->asked_old.pid = 0;
}

static void finish_old_version(struct preflight *p)
{
	struct ask_failure why;

	if (p->asked_old.pid)
		p->have_old_build = version_finish(&p->asked_old, &p->old_build, &why) == 0;
}

/* Starts all questions. 0 or -errno. */
static int start_questions(struct preflight *p, struct questions *q)
{
	const struct master *m = &p->world->old_master;
	int r;

	q->test.program = &p->program;
	q->test.as = &q->as;
	q->test.wake_fd = p->wake_fd;
	q->test.timeout_us = p->test_timeout_us;
	q->test.arguments = config_arguments_of(&m->arguments);
	r = config_test_start(&q->test);
	if (!r)
		r = version_start(&p->program, &q->as, p->wake_fd, &q->new_version);
	p->one_build = !p->have_old_build && is_one_build(p);
	if (!r && !p->one_build && !p->have_old_build)
		r = version_start(&p->old_program, &p->as_old, p->wake_fd, &q->old_version);
	return r;
}

/* After an error: ends the questions that were started. NULL: none was. */
static void abandon_questions(struct questions *q)
{
	if (!q)
		return;
	door_abandon(&q->test.running);
	door_abandon(&q->new_version);
	door_abandon(&q->old_version);
	config_test_free(&q->test);
}

void preflight_builds(struct preflight *p)
{
	const struct master *m = &p->world->old_master;
	struct questions *q;
	bool comparable;
	int r;

	if (p->problems.count)
		return; /* there is no file to ask */
	finish_old_version(p);
	q = calloc(1, sizeof(*q));
	r = q ? 0 : -ENOMEM;
	if (q) {
		q->as = passed_on(m, p->have_old_build ? &p->old_build : NULL);
		q->as.limits = p->limits;
		r = start_questions(p, q);
	}
	if (r < 0) {
		abandon_questions(q);
		problem_advise(problem_add(&p->problems, EXIT_FAILED,
					   "no process can be started: %s", error_text(-r)),
			       "see the limits on processes and memory of this machine");
		goto out;
	}
	/*
	 * Other work while they run. The free memory is read later, when they have ended and
	 * released theirs.
	 */
	p->init->ops.prepare(p->init);
	if (p->steers && !p->wants_hints)
		p->flows = quic_steer_prepare();
	preflight_measure(p);
	finish_versions(p, q);
	comparable = check_flavour(p);
	preflight_test(p, &q->test, comparable);
	if (p->have_new_build && !p->interrupted) {
		find_new_pid_file(p, &q->test.scan);
		if (p->world->new_pid_file.path[0])
			config_test_sweep(&q->test, p->world->new_pid_file.path);
		if (comparable)
			check_paths(p, &q->test.scan);
		check_directives(p, &q->test.scan);
		preflight_quic(p, &q->test.scan);
		preflight_hints(p, &q->test.scan);
		p->have_listens =
			accept_config_of(&q->test.scan, m->subject.uid == 0, &p->listens) == 0;
		if (p->http)
			http_requests_of(&q->test.scan.servers, m->subject.uid == 0, p->http);
	}
	config_test_free(&q->test);
out:
	if (q)
		actor_free(&q->as);
	free(q);
}
