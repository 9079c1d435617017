/* What is noted of clients that are cut, and the words for it. */
#include "commands/report.h"
#include "core/run.h"
#include "os/clock.h"
#include "os/duration.h"
#include "tap.h"

static struct run run;

static void begin(enum goal goal, bool term)
{
	cut_reset(&run.cut);
	memset(&run, 0, sizeof(run));
	run.log.fd = -1;
	run.ask.goal = goal;
	run.ask.drain_term = term;
	run.ask.drain_timeout_us = 2 * USEC_PER_SEC;
}

static void says(const char *want, unsigned count, enum say_level level)
{
	char text[768];

	same_text(report_cut(&run, REPORT_AS_ASKED, text, sizeof(text)), want, want);
	same_number(report_cut_count(&run), count, "so many");
	same_number(report_cut_level(&run, SAY_NOTICE), level, "said so loudly");
	ok(cut_any(&run.cut) == (*want != '\0'), "and \"done\" only where nothing was");
}

/* So many TCP clients of that generation get a signal so long after they were told to leave. */
static void cuts(const struct generation *g, enum action told, unsigned tcp, uint64_t after_us)
{
	struct clients c;

	clients_init(&c);
	c.tcp = tcp;
	run.history.acted_us[told] = clock_us() - after_us;
	cut_note(&run, g, &c);
}

static void by_us(void)
{
	begin(GOAL_FORWARD, true);
	says("", 0, SAY_NOTICE);
	cuts(&run.world.old, ACT_WINCH, 0, 2 * USEC_PER_SEC);
	says("", 0, SAY_NOTICE);
	cuts(&run.world.old, ACT_WINCH, 3, 2 * USEC_PER_SEC + 3000);
	says("; 3 connections were cut after 2 s, as asked (3 TCP)", 3, SAY_NOTICE);

	begin(GOAL_STOP, false);
	run.ask.drain_timeout_us = 300 * USEC_PER_MSEC;
	cuts(&run.world.old, ACT_QUIT_OLD, 1, 310 * USEC_PER_MSEC);
	says("; 1 connection was cut after 300 ms, as asked (1 TCP)", 1, SAY_NOTICE);

	begin(GOAL_BACK, true);
	cuts(&run.world.new, ACT_QUIT_NEW, 1, 2 * USEC_PER_SEC + 9000);
	says("; 1 connection was cut after 2 s, as asked (1 TCP)", 1, SAY_NOTICE);

	begin(GOAL_BACK, true);
	run.ask.drain_timeout_us = 60ull * USEC_PER_SEC;
	cuts(&run.world.new, ACT_QUIT_NEW, 1, 100);
	says("; 1 connection was cut at once (1 TCP)", 1, SAY_WARNING);

	begin(GOAL_FORWARD, true);
	run.ask.drain_timeout_us = 90ull * USEC_PER_SEC;
	cuts(&run.world.old, ACT_WINCH, 1, 90ull * USEC_PER_SEC);
	cuts(&run.world.old, ACT_WINCH, 1, 90ull * USEC_PER_SEC);
	says("; 2 connections were cut after 1min 30s, as asked (2 TCP)", 2, SAY_NOTICE);
}

static void kinds(void)
{
	struct clients c;

	begin(GOAL_STOP, false);
	run.history.acted_us[ACT_QUIT_OLD] = clock_us() - 2 * USEC_PER_SEC;
	clients_init(&c);
	c.local = 1;
	c.udp = 4;
	c.behind = 2;
	c.uncounted = true;
	cut_note(&run, &run.world.old, &c);
	says("; 5 connections were cut after 2 s, as asked (1 unix, 4 UDP; with 2 connections to servers behind nginx); clients of HTTP/3, if there were any, are cut, too, and cannot be counted",
	     5, SAY_NOTICE);

	begin(GOAL_STOP, false);
	run.history.acted_us[ACT_QUIT_OLD] = clock_us() - 2 * USEC_PER_SEC;
	c.error = -EACCES;
	cut_note(&run, &run.world.old, &c);
	says("; connections may have been cut after 2 s, as asked; they could not all be counted: Permission denied",
	     0, SAY_NOTICE);
}

static void by_others(void)
{
	begin(GOAL_FORWARD, false);
	run.cut.deaths = 2;
	cut_end(&run);
	says("; 2 workers of the old generation were killed by others or crashed, with the clients that they had",
	     0, SAY_WARNING);

	begin(GOAL_RELOAD, false);
	run.cut.deaths = 2;
	cut_end(&run);
	says("", 0, SAY_NOTICE);

	begin(GOAL_FORWARD, false);
	run.cut.left = 1;
	says("; others have ended workers of the old generation, which had 1 connection", 1,
	     SAY_WARNING);

	begin(GOAL_FORWARD, false);
	run.cut.clients.waiting = 2;
	says("; 2 connections were reset where the new generation does not listen: no worker had accepted them",
	     2, SAY_WARNING);

	begin(GOAL_FORWARD, false);
	run.cut.shutdown_us = 5 * USEC_PER_SEC;
	run.cut.last.tcp = 3;
	says("", 0, SAY_NOTICE);
	run.cut.shut_down = true;
	says("; 3 connections were cut by nginx itself after 5 s, as worker_shutdown_timeout says",
	     3, SAY_NOTICE);
}

int main(void)
{
	by_us();
	kinds();
	by_others();
	cut_reset(&run.cut);
	return tap_end();
}
