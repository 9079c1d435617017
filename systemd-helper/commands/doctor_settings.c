/*
 * Settings with which every upgrade would be refused or undone (PROBE), with which the next one has
 * to wait long (HOLD), or which do not work (TEXTFILE_DIR).
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands/doctor.h"
#include "commands/findings.h"
#include "commands/probing.h"
#include "commands/session.h"
#include "commands/watcher.h"
#include "core/metrics_file.h"
#include "core/preflight.h"
#include "core/problems.h"
#include "nginx/http_curl.h"
#include "nginx/install.h"
#include "os/duration.h"
#include "trust/path.h"

/* A hold that may meet the next update: many machines update their packages every day. */
#define LONG_HOLD_US (24u * 3600u * (uint64_t)USEC_PER_SEC)

/* ---- probes --------------------------------------------------------------------------------- */

static void check_probe(struct session *s, struct findings *f)
{
	char word[PATH_MAX];
	struct finding *x;

	problems_clear(&s->problems);
	if (!probing_check(s, &s->problems)) {
		findings_of_problems(f, &s->problems, 0, true);
	} else if (!probing_found(s, word)) {
		x = finding_add(f, "probe", "PROBE begins with %s, which is not there for %s", word,
				s->settings->probe_user ? s->settings->probe_user : "nobody");
		finding_means(x, "the probe fails, so that every upgrade is undone");
		problem_advise(
			&x->what,
			"the full path of a program that this user may execute where nginx runs, in PROBE (--probe); or another user in PROBE_USER (--probe-user)");
	}
	probing_forget(s);
}

static void check_curl(const struct session *s, const struct preflight *p, struct findings *f)
{
	struct http_curl_tool tool;
	struct finding *x;
	unsigned count = 0;
	unsigned i;

	for (i = 0; p->http && i < p->http->count; i++)
		count += p->http->list[i].tls || p->http->list[i].http2;
	if (!count)
		return;
	if (!http_curl_open(&s->run.world.old_master.subject, &tool)) {
		x = finding_add(f, "probe-curl",
				"PROBE_HTTP asks by curl for TLS, and /usr/bin/curl is not there");
		finding_means(
			x,
			"%u of %u requests are not made, and a fault that only they would show is not noticed",
			count, p->http->count);
		problem_advise(&x->what, "install curl where nginx runs");
	}
	http_curl_close(&tool);
}

void doctor_probes(struct session *s, const struct preflight *p, struct findings *f)
{
	check_probe(s, f);
	check_curl(s, p, f);
}

/* ---- others --------------------------------------------------------------------------------- */

static void check_probe_user(const struct settings *set, struct findings *f)
{
	struct finding *x;

	if (!set->probe_user || set->probe)
		return;
	x = finding_add(f, "probe-user", "PROBE_USER is set to %s, and PROBE is not set",
			set->probe_user);
	finding_means(x, "nothing is executed before an upgrade is final");
	problem_advise(&x->what, "set PROBE to a command, or take PROBE_USER out of the settings");
}

static void check_hold(const struct session *s, struct findings *f)
{
	const struct settings *set = s->settings;
	struct distrust why;
	struct finding *x;
	char time[32];
	int r;

	if (!set->hold_us)
		return;
	r = watcher_can_start(s, &why);
	if (r == -EPERM)
		findings_of_distrust(
			f, "hold-watch", "this program",
			"root does not leave it running to watch a hold, so that no process ends a hold",
			&why);
	if (set->hold_us < LONG_HOLD_US)
		return;
	x = finding_add(f, "hold", "HOLD is set to %s",
			duration_text(set->hold_us, time, sizeof(time)));
	finding_means(
		x,
		"for so long after each upgrade the next one is refused with 153, also that of a package");
	problem_advise(
		&x->what,
		"a HOLD of less than a day; or \"nginx-handover finish\" before each update");
}

static void check_textfile(const struct session *s, struct findings *f)
{
	const char *folder = s->settings->textfile_dir;
	struct install_error failed;
	char reason[INSTALL_REASON_SIZE];
	struct finding *x;
	int r;

	if (!folder)
		return;
	memset(&failed, 0, sizeof(failed));
	r = metrics_try(folder, s->site.pid_path, &failed);
	if (r >= 0)
		return;
	x = finding_add(f, "textfile-dir", "no metrics are written to %s: could not %s %s: %s",
			folder, failed.step, failed.path,
			install_error_reason(&failed, r, reason, sizeof(reason)));
	finding_means(x, "monitoring sees no upgrade, or an old one");
	problem_advise(
		&x->what,
		"a folder that is there, root's, and that nobody else can write, in TEXTFILE_DIR");
}

void doctor_settings(const struct session *s, struct findings *f)
{
	check_probe_user(s->settings, f);
	check_hold(s, f);
	check_textfile(s, f);
}
