/* Runs nginx -V and nginx -T, and turns what they answer into facts or into a reason. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nginx/ask_nginx.h"
#include "nginx/error_log.h"
#include "os/error_text.h"

/* Up to three last lines, joined: what a failed program said. */
static void last_words(const char *text, char *ret, size_t size)
{
	size_t length = strlen(text);
	const char *p;
	unsigned lines = 0;
	size_t n = 0;

	while (length && strchr(" \r\n", text[length - 1]))
		length--;
	for (p = text + length; p > text; p--) {
		if (p[-1] == '\n' && ++lines == 3)
			break;
	}
	for (; p < text + length && n + 3 < size; p++) {
		if (*p == '\n') {
			ret[n++] = ';';
			ret[n++] = ' ';
		} else {
			ret[n++] = *p;
		}
	}
	ret[n] = '\0';
}

static void explain_end(const struct door_result *r, struct ask_failure *why)
{
	char words[768];

	last_words(r->text, words, sizeof(words));
	if (WIFSIGNALED(r->status))
		(void)snprintf(why->text, sizeof(why->text), "it was ended by signal %d (%s)%s%s",
			       WTERMSIG(r->status), strsignal(WTERMSIG(r->status)),
			       *words ? ": " : "", words);
	else if (*words)
		(void)snprintf(why->text, sizeof(why->text), "%s", words);
	else
		(void)snprintf(why->text, sizeof(why->text), "it exited with %d and said nothing",
			       WEXITSTATUS(r->status));
}

static void explain_not_run(int error, const struct door_result *r, struct ask_failure *why)
{
	why->interrupted = error == -EINTR;
	if (error == -ETIMEDOUT)
		(void)snprintf(why->text, sizeof(why->text), "it gave no answer in time");
	else if (error == -EINTR)
		(void)snprintf(why->text, sizeof(why->text), "interrupted");
	else if (error == -ENOEXEC)
		(void)snprintf(
			why->text, sizeof(why->text),
			"it cannot be executed here: %s (wrong architecture, truncated or empty file)",
			strerror(-error));
	else
		(void)snprintf(why->text, sizeof(why->text), "could not %s: %s", r->step,
			       error_text(-error));
}

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
		explain_not_run(r, &result, why);
		return -1;
	}
	if (!DOOR_EXITED_WITH(result.status, 0)) {
		explain_end(&result, why);
		return -1;
	}
	r = build_info_parse(result.text, result.length, ret);
	if (r < 0)
		(void)snprintf(why->text, sizeof(why->text),
			       "what it answers to -V is not what an nginx answers (%s)",
			       strerror(-r));
	return r < 0 ? -1 : 0;
}

int version_ask(const struct program *program, const struct actor *as, struct build_info *ret,
		struct ask_failure *why)
{
	struct running c;
	int r = version_start(program, as, -1, &c);

	if (r == 0)
		return version_finish(&c, ret, why);
	memset(why, 0, sizeof(*why));
	(void)snprintf(why->text, sizeof(why->text), "no process can be started: %s",
		       error_text(-r));
	return -1;
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

/* -g counts before the file, as it does in nginx. */
static void scan_directives(struct config_test *t)
{
	config_scan_init(&t->scan);
	if (!t->arguments.directives)
		return;
	(void)config_scan_feed(&t->scan, t->arguments.directives, strlen(t->arguments.directives));
	(void)config_scan_feed(&t->scan, "\n", 1);
}

static int start_test(struct config_test *t)
{
	struct door_spec spec = {.program = t->program, .actor = t->as, .argv = t->argv};

	spec.on_output = scan_output;
	spec.on_output_arg = t;
	spec.wake_fd = t->wake_fd;
	build_argv(t);
	scan_directives(t);
	return door_start(&spec, &t->running);
}

int config_test_start(struct config_test *t)
{
	t->dump = true;
	t->asked = true;
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &t->began);
	return start_test(t);
}

static void explain_refusal(const struct door_result *r, struct ask_failure *why)
{
	if (!WIFEXITED(r->status) ||
	    !error_text_cause(r->text, r->length, why->text, sizeof(why->text)))
		explain_end(r, why);
}

int config_test_finish(struct config_test *t, struct ask_failure *why)
{
	struct door_result result;
	int r;

	memset(why, 0, sizeof(*why));
	r = door_finish(&t->running, CONFIG_TEST_TIMEOUT_US, &result);
	if (!r && t->dump && strstr(result.text, "invalid option: \"T\"")) {
		config_scan_free(&t->scan);
		t->dump = false;
		r = start_test(t);
		if (!r)
			r = door_finish(&t->running, CONFIG_TEST_TIMEOUT_US, &result);
		else
			result.step = "fork";
	}
	if (r < 0) {
		explain_not_run(r, &result, why);
		return -1;
	}
	if (DOOR_EXITED_WITH(result.status, 0))
		return 0;
	explain_refusal(&result, why);
	return 1;
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

/* An empty file that was there before keeps its times: the test only opens it. The clock that
 * stamps files ticks every few ms, so that equal means now. */
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
