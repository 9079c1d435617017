/* Runs nginx -V and nginx -T, and turns their answers into facts or into a failure. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nginx/ask_failure_private.h"
#include "nginx/ask_nginx.h"
#include "nginx/build_info.h"
#include "nginx/config_scan.h"
#include "nginx/error_log.h"
#include "nginx/title.h"
#include "os/blocked.h"
#include "os/clock.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/program.h"

int version_start(const struct program *program, const struct actor *as, int wake_fd,
		  struct running *ret)
{
	static char argv0[] = "nginx";
	static char option[] = "-V";
	static char *const argv[] = {argv0, option, NULL};
	struct door_spec spec = {.program = program, .actor = as, .argv = argv};

	spec.wake_fd = wake_fd;
	return door_start(&spec, ret);
}

int version_finish(struct running *c, struct build_info *ret, struct ask_failure *why)
{
	struct door_result result;
	int r = door_finish(c, VERSION_TIMEOUT_US, &result);

	memset(why, 0, sizeof(*why));
	if (r < 0) {
		ask_explain_not_run(c->spec.program, r, &result, VERSION_TIMEOUT_US, why);
		return r;
	}
	if (!DOOR_EXITED_WITH(result.status, 0)) {
		ask_explain_end(&result, why);
		return -EPROTO;
	}
	r = build_info_parse(result.text, result.length, ret);
	if (r < 0) {
		why->kind = ASK_NOT_NGINX;
		(void)snprintf(why->text, sizeof(why->text),
			       "what it answers to -V is not what an nginx answers (%s)",
			       strerror(-r));
	}
	return r < 0 ? r : 0;
}

int version_ask(const struct program *program, const struct actor *as, struct build_info *ret,
		struct ask_failure *why)
{
	struct running c;
	int r = version_start(program, as, -1, &c);

	if (r == 0)
		return version_finish(&c, ret, why);
	ask_not_started(r, why);
	return r;
}

struct config_arguments config_arguments_of(const struct title_arguments *t)
{
	struct config_arguments a = {t->argv0, t->conf, t->prefix, t->directives, t->error_log};

	return a;
}

static size_t add_argument(char **argv, size_t n, const char *option, const char *value)
{
	if (!value)
		return n;
	argv[n++] = (char *)option;
	argv[n++] = (char *)value;
	return n;
}

void config_arguments_add(const struct config_arguments *a, char **argv, size_t n)
{
	n = add_argument(argv, n, "-c", a->conf);
	n = add_argument(argv, n, "-p", a->prefix);
	n = add_argument(argv, n, "-g", a->directives);
	n = add_argument(argv, n, "-e", a->error_log);
	argv[n] = NULL;
}

static void build_argv(struct config_test *t)
{
	t->argv[0] = (char *)(t->arguments.argv0 ? t->arguments.argv0 : t->program->shown);
	t->argv[1] = (char *)(t->dump ? "-T" : "-t");
	config_arguments_add(&t->arguments, t->argv, 2);
}

static void scan_output(void *arg, const char *text, size_t length)
{
	struct config_test *t = arg;

	(void)config_scan_feed(&t->scan, text, length);
}

/* -g comes before the file, as in nginx. */
static void scan_directives(struct config_test *t)
{
	config_scan_init(&t->scan);
	if (!t->arguments.directives)
		return;
	(void)config_scan_feed(&t->scan, t->arguments.directives, strlen(t->arguments.directives));
	(void)config_scan_feed(&t->scan, "\n", 1);
}

static void note_pipe(void *arg, pid_t pid)
{
	struct config_test *t = arg;
	char path[PATH_MAX];

	if (process_waits_for_pipe(pid, path))
		(void)snprintf(t->pipe, sizeof(t->pipe), "%.255s", path);
}

static int start_test(struct config_test *t)
{
	struct door_spec spec = {.program = t->program, .actor = t->as, .argv = t->argv};

	spec.on_output = scan_output;
	spec.on_output_arg = t;
	spec.wake_fd = t->wake_fd;
	spec.held_until = t->dump ? CONFIG_TEST_PASSED : NULL;
	spec.on_expiry = note_pipe;
	spec.on_expiry_arg = t;
	build_argv(t);
	scan_directives(t);
	t->began_us = clock_us();
	return door_start(&spec, &t->running);
}

int config_test_start(struct config_test *t)
{
	t->dump = true;
	t->asked = true;
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &t->began);
	return start_test(t);
}

/* "[warn] 7#7: text" without the pid, as that process has ended. Each text once. */
static void keep_warning(void *arg, const char *line, size_t length)
{
	static const char level[] = "[warn] ";
	struct config_warnings *w = arg;
	const char *number = memmem(line, length, "#", 1);
	const char *text = number ? memmem(line, length, ": ", 2) : NULL;
	char kept[sizeof(w->list[0])];
	size_t skip = sizeof(level) - 1;
	size_t i;

	if (length <= skip)
		return;
	if (text && number < text &&
	    strspn(line + skip, "0123456789#") == (size_t)(text - line) - skip)
		skip = (size_t)(text - line) + 2;
	(void)snprintf(kept, sizeof(kept), "%s%.*s", level, (int)(length - skip), line + skip);
	for (i = 0; i < w->count && i < CONFIG_WARNINGS_MAX; i++) {
		if (strcmp(w->list[i], kept) == 0)
			return;
	}
	if (w->count < CONFIG_WARNINGS_MAX)
		memcpy(w->list[w->count], kept, sizeof(kept));
	w->count++;
}

static void keep_findings(struct config_test *t, const struct door_result *r)
{
	t->took_us = clock_us() - t->began_us;
	t->warnings.count = 0;
	(void)error_text_lines(r->text, r->length, "[warn]", keep_warning, &t->warnings);
	t->image = r->image;
	memcpy(t->image_path, r->image_path, sizeof(t->image_path));
	t->image_is_last = r->image_is_last;
	t->has_children = r->has_children;
}

int config_test_finish(struct config_test *t, struct ask_failure *why)
{
	uint64_t timeout_us = t->timeout_us ? t->timeout_us : CONFIG_TEST_TIMEOUT_US;
	struct door_result result;
	int r;

	memset(why, 0, sizeof(*why));
	r = door_finish(&t->running, timeout_us, &result);
	if (!r && t->dump && strstr(result.text, "invalid option: \"T\"")) {
		config_scan_free(&t->scan);
		t->dump = false;
		r = start_test(t);
		if (!r)
			r = door_finish(&t->running, timeout_us, &result);
		else
			result.step = "fork";
	}
	if (r < 0) {
		ask_explain_not_run(t->program, r, &result, timeout_us, why);
		ask_explain_pipe(t->pipe, why);
		return r;
	}
	keep_findings(t, &result);
	if (DOOR_EXITED_WITH(result.status, 0))
		return 0;
	ask_explain_refusal(&result, why);
	return why->kind == ASK_LIBRARY ? -EPROTO : 1;
}

void config_read(struct config_test *t, const char *file)
{
	struct ask_failure why;

	t->asked = false;
	scan_directives(t);
	(void)config_scan_file(&t->scan, file);
	if (t->scan.pid || !config_scan_includes_more(&t->scan))
		return;
	config_scan_free(&t->scan);
	if (config_test_start(t) == 0)
		(void)config_test_finish(t, &why);
}

/* The test only opens a file that was there before, so an empty one keeps its times. The clock of
 * files' times ticks every few ms, so an equal time means that the test has created it. */
void config_test_sweep(const struct config_test *t, const char *pid_path)
{
	struct stat st;

	if (!t->asked || lstat(pid_path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size != 0)
		return;
	if (st.st_ctim.tv_sec > t->began.tv_sec ||
	    (st.st_ctim.tv_sec == t->began.tv_sec && st.st_ctim.tv_nsec >= t->began.tv_nsec))
		(void)unlink(pid_path);
}

void config_test_free(struct config_test *t)
{
	config_scan_free(&t->scan);
}
