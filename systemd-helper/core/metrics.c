/* The text for monitoring, in the form that promtool accepts without a warning. */
#define _GNU_SOURCE /* open_memstream() with the headers of glibc 2.12 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decide.h"
#include "core/handovers.h"
#include "core/metrics.h"

#ifndef VERSION
#define VERSION "0.0"
#endif

#define PREFIX "nginx_handover_"

struct writer {
	FILE *f;
	const char *pid_file;
};

static void put_label(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			(void)fputs("\\n", f);
		else if (*text == '"' || *text == '\\')
			(void)fprintf(f, "\\%c", *text);
		else
			(void)fputc(*text, f);
	}
}

static void head(const struct writer *w, const char *name, const char *type, const char *help)
{
	(void)fprintf(w->f, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name,
		      type);
}

/* label NULL: no label but the pid file. */
static void series(const struct writer *w, const char *name, const char *label, const char *value)
{
	(void)fprintf(w->f, PREFIX "%s{pid_file=\"", name);
	put_label(w->f, w->pid_file);
	(void)fputc('"', w->f);
	if (label) {
		(void)fprintf(w->f, ",%s=\"", label);
		put_label(w->f, value);
		(void)fputc('"', w->f);
	}
	(void)fputs("} ", w->f);
}

static void put_count(const struct writer *w, uint64_t number)
{
	(void)fprintf(w->f, "%llu\n", (unsigned long long)number);
}

static void put_seconds(const struct writer *w, uint64_t us)
{
	(void)fprintf(w->f, "%llu.%06u\n", (unsigned long long)(us / 1000000),
		      (unsigned)(us % 1000000));
}

static void gauge(const struct writer *w, const char *name, const char *help, uint64_t number)
{
	head(w, name, "gauge", help);
	series(w, name, NULL, NULL);
	put_count(w, number);
}

static void put_state(const struct writer *w, const struct metrics *m)
{
	head(w, "build_info", "gauge", "The version of nginx-handover that wrote this; always 1.");
	series(w, "build_info", "version", VERSION);
	put_count(w, 1);
	gauge(w, "generations", "Masters of nginx that run: 0 stopped, 1 usual, 2 in a handover.",
	      m->generations);
	head(w, "workers", "gauge", "Worker processes by what they do.");
	series(w, "workers", "state", "accepting");
	put_count(w, m->accepting);
	series(w, "workers", "state", "leaving");
	put_count(w, m->leaving);
	gauge(w, "draining_connections", "Connections of workers that leave.", m->draining);
	gauge(w, "upgrade_due",
	      "Whether the binary, a module or a library of the running nginx was replaced.",
	      m->due);
	gauge(w, "unfinished", "Whether a handover is under way, held, or was interrupted.",
	      m->unfinished);
}

#define PUT_PHASE(name, word, text)                                                                \
	series(w, "last_run_phase_duration_seconds", "phase", word);                               \
	put_seconds(w, last->passed_us[PHASE_##name]);

static void put_last(const struct writer *w, const struct handover *last)
{
	bool good = last->result != HANDOVER_UNDONE && last->result != HANDOVER_STUCK &&
		    last->result != HANDOVER_KILLED;

	gauge(w, "last_run_success", "Whether the last handover did what was asked for.", good);
	gauge(w, "last_run_exit_code", "The exit code of the last handover.", last->code);
	gauge(w, "last_run_timestamp_seconds", "When the last handover ended.", last->seconds);
	head(w, "last_run_duration_seconds", "gauge", "How long the last handover took.");
	series(w, "last_run_duration_seconds", NULL, NULL);
	put_seconds(w, last->took_us);
	head(w, "last_run_phase_duration_seconds", "gauge",
	     "How long each phase of the last handover took.");
	PHASES(PUT_PHASE)
	gauge(w, "last_run_connections_cut",
	      "Connections that are known to have been cut in the last handover.", last->cut);
}

#define PUT_RESULT(name, word)                                                                     \
	if (HANDOVER_##name != HANDOVER_BEGUN) {                                                   \
		series(w, "runs_total", "result", word);                                           \
		put_count(w, h->all[HANDOVER_##name]);                                             \
	}

static void put_sums(const struct writer *w, const struct handovers *h)
{
	head(w, "runs_total", "counter", "Handovers by their result.");
	HANDOVER_RESULTS(PUT_RESULT)
	head(w, "connections_cut_total", "counter",
	     "Connections that are known to have been cut in handovers.");
	series(w, "connections_cut_total", NULL, NULL);
	put_count(w, h->cut);
}

int metrics_text(const struct metrics *m, char **ret, size_t *ret_length)
{
	char *text = NULL;
	size_t length;
	struct writer w = {open_memstream(&text, &length), m->pid_file};
	const struct handover *last = handovers_last_ended(m->history);

	if (!w.f)
		return -ENOMEM;
	put_state(&w, m);
	if (last)
		put_last(&w, last);
	put_sums(&w, m->history);
	if (fclose(w.f) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	*ret_length = length;
	return 0;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

/* "nginx_handover-run-nginx.pid.prom" */
int metrics_file_name(const char *pid_file, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "nginx_handover");

	for (; *pid_file && n < size; pid_file++) {
		if (*pid_file == '/')
			n += (size_t)snprintf(ret + n, size - n, "-");
		else if (is_plain(*pid_file))
			n += (size_t)snprintf(ret + n, size - n, "%c", *pid_file);
		else
			n += (size_t)snprintf(ret + n, size - n, "%%%02x",
					      (unsigned)(unsigned char)*pid_file);
	}
	if (n < size)
		n += (size_t)snprintf(ret + n, size - n, ".prom");
	return n < size ? 0 : -ENAMETOOLONG;
}
