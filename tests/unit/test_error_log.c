/* The line of nginx's own words that names the cause. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nginx/error_log.h"
#include "tap.h"

#define STAMP "2026/11/23 21:00:00 "
#define EACH  "[alert] could not open error log file: open() \"/x\" failed (13: Permission denied)"
#define DIED  "[alert] 7#7: worker process 8 exited on signal 11"
#define FULL  "[crit] 7#7: pwrite() \"/x/nginx.pid\" failed (28: No space left on device)"
#define BIND  "[emerg] 7#7: bind() to 0.0.0.0:80 failed (98: Address already in use)"

static void chosen(const char *text, const char *want, const char *name)
{
	char line[256] = "";

	same_number((long)error_text_cause(text, strlen(text), line, sizeof(line)),
		    (long)strlen(want), name);
	same_text(line, want, name);
}

/* Numbers below 100 are of the new master's workers; 5 is the old master, 6 its worker. */
static enum log_writer whose(const void *arg, pid_t pid)
{
	(void)arg;
	switch (pid) {
	case 7: return LOG_WRITER_WANTED;
	case 5: return LOG_WRITER_OLD;
	case 99: return LOG_WRITER_DEAD;
	case 6:
	case 100: return LOG_WRITER_OTHER;
	default: return LOG_WRITER_OURS;
	}
}

/* Of a log that held `before` when it was marked, and then got `text`. */
static void of_log(const char *before, const char *text, const char *want, const char *name)
{
	struct error_log log = {-1, 0, ""};
	FILE *f = tmpfile();
	char line[256] = "";

	must(f != NULL, "tmpfile");
	must(fputs(before, f) >= 0 && fflush(f) == 0, "before");
	log.fd = fileno(f);
	log.mark = (off_t)strlen(before);
	must(fputs(text, f) >= 0 && fflush(f) == 0, "text");
	same_number((long)error_log_cause(&log, whose, NULL, line, sizeof(line)),
		    (long)strlen(want), name);
	same_text(line, want, name);
	(void)fclose(f);
}

static void by_process(void)
{
	static const char other[] = STAMP "[emerg] 100#100: bind() to 1.2.3.4:80 failed\n";
	static const char client[] = STAMP "[crit] 8#8: *3 SSL_do_handshake() failed\n";
	static const char old[] = "[alert] 5#5: new binary process 7 exited on signal 9";
	static const char habit[] = "[alert] 7#7: setrlimit(RLIMIT_NOFILE, 9) failed (1: x)";
	char text[1024];

	of_log("", other, "", "another nginx is not listened to");
	of_log(STAMP BIND "\n", "", "", "nor to what was there before");
	of_log("", client, "", "nor to what a client did");
	(void)snprintf(text, sizeof(text), "%s" STAMP "%s\n%s" STAMP FULL "\n", other, old, client);
	of_log("", text, FULL, "the new master before the old one");
	of_log("", STAMP "[emerg] 99#99: a\n" STAMP "[crit] 7#7: b\n", "[crit] 7#7: b",
	       "before one that nobody knows");
	of_log("", STAMP "[emerg] 99#99: a\n" STAMP "[alert] 5#5: b\n", "[emerg] 99#99: a",
	       "which is before the old master");
	of_log("", STAMP "[emerg] 8#8: a\n" STAMP "[alert] 5#5: b\n", "[emerg] 8#8: a",
	       "as a worker of the new one is");
	of_log("", STAMP "[emerg] 8#8: a\nnginx: [crit] b\n", "nginx: [crit] b",
	       "which is behind its standard error");
	of_log("", STAMP "[alert] 5#5: b\n", "[alert] 5#5: b",
	       "the old one where nobody else speaks");
	(void)snprintf(text, sizeof(text), STAMP "%s\n" STAMP FULL "\n", habit);
	of_log(STAMP "[alert] 4#4: setrlimit(RLIMIT_NOFILE, 9) failed (1: x)\n", text, FULL,
	       "what an earlier start printed, too, is a habit");
	of_log("", text, habit, "else it is not");
	of_log("", "nginx: " EACH "\n", "", "what each start prints is no reason");
}

static void long_logs(void)
{
	struct error_log log = {-1, 0, ""};
	FILE *f = tmpfile();
	char line[256] = "";
	unsigned i;

	must(f != NULL, "tmpfile");
	for (i = 0; i < 40000; i++)
		must(fprintf(f, STAMP "[error] 6#6: *%u open() failed\n", i) > 0, "fill");
	must(fputs(STAMP BIND "\n", f) >= 0 && fflush(f) == 0, "end");
	log.fd = fileno(f);
	same_number((long)error_log_cause(&log, whose, NULL, line, sizeof(line)),
		    (long)strlen(BIND), "behind megabytes of others");
	log.mark = 1 << 30;
	same_number((long)error_log_cause(&log, whose, NULL, line, sizeof(line)),
		    (long)strlen(BIND), "of a log that was cut short since");
	(void)fclose(f);
}

static bool is_seven(const void *arg, pid_t pid)
{
	(void)arg;
	return pid == 7;
}

/* What others have done to workers. */
static void ended_by_others(void)
{
	static const char before[] = STAMP DIED "\n";
	static const char text[] = STAMP DIED
		"\n" STAMP "[alert] 7#7: worker process 9 exited on signal 9 (core dumped)\n" STAMP
		"[alert] 7#7: worker process 9 exited with fatal code 2 and cannot be respawned\n" STAMP
		"[alert] 7#7: cache loader process 9 exited on signal 9\n" STAMP
		"[alert] 6#6: worker process 9 exited on signal 9\n" STAMP
		"[alert] 7#7: *12 open socket #3 left in connection 4\n" STAMP
		"[alert] 7#7: open socket #5 left in connection 6\n" STAMP
		"[alert] 8#8: *13 open socket #3 left in connection 4\n" STAMP
		"[crit] 7#7: *13\n" STAMP "[alert] 7#7: aborting";
	struct error_log log = {-1, 0, ""};
	FILE *f = tmpfile();

	same_number(error_log_killed(&log, 7), 0, "no log tells of nobody");
	must(f != NULL && fputs(before, f) >= 0 && fputs(text, f) >= 0 && fflush(f) == 0, "a log");
	log.fd = fileno(f);
	log.mark = (off_t)strlen(before);
	same_number(error_log_killed(&log, 7), 2, "workers of this master that were killed");
	same_number(error_log_left(&log, is_seven, NULL), 2, "connections that were left");
	(void)fclose(f);
}

static void add(void *arg, const char *text, size_t length)
{
	(void)snprintf((char *)arg + strlen(arg), 100, "<%.*s>", (int)length, text);
}

static void warnings(void)
{
	static const char text[] = "nginx: [warn] a\nnginx: [emerg] b\n" STAMP "[warn] 7#7: c";
	char all[256] = "";

	same_number((long)error_text_lines(text, strlen(text), "[warn]", add, all), 2, "warnings");
	same_text(all, "<[warn] a><[warn] 7#7: c>", "each from its level on");
}

int main(void)
{
	char line[8];

	chosen("", "", "nothing");
	chosen(STAMP "[notice] 7#7: start worker processes\n", "", "no cause among it");
	chosen(STAMP DIED "\n" STAMP BIND "\n", BIND, "emerg before alert");
	chosen(STAMP FULL "\n" STAMP DIED "\n", DIED, "alert before crit");
	chosen("nginx: " EACH "\n" STAMP FULL "\n", FULL, "what each start prints comes last");
	chosen(STAMP EACH "\n" STAMP DIED, DIED, "also among alerts, and without an end of line");
	chosen(STAMP EACH "\n", EACH, "but is told where there is nothing else");
	chosen(STAMP EACH "\n" STAMP EACH "\n", EACH, "once");
	same_number((long)error_text_cause(BIND, strlen(BIND), line, sizeof(line)), 7, "cut");
	same_text(line, "[emerg]", "to its room");
	by_process();
	long_logs();
	warnings();
	ended_by_others();
	return tap_end();
}
