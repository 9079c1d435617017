/* A timer whose signal only interrupts. */
#include <stddef.h>
#include <sys/time.h>

#include "os/tick.h"

static void on_alarm(int sig)
{
	(void)sig;
}

void tick_begin(struct tick *t, unsigned interval_us)
{
	struct itimerval timer = {{0, (suseconds_t)interval_us}, {0, (suseconds_t)interval_us}};
	struct sigaction interrupt = {.sa_flags = 0};
	sigset_t alarm_alone;

	interrupt.sa_handler = on_alarm;
	(void)sigemptyset(&interrupt.sa_mask);
	(void)sigaction(SIGALRM, &interrupt, &t->before);
	/* Our caller may have blocked it. */
	(void)sigemptyset(&alarm_alone);
	(void)sigaddset(&alarm_alone, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &alarm_alone, &t->mask);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

void tick_end(const struct tick *t)
{
	static const struct itimerval none;

	(void)setitimer(ITIMER_REAL, &none, NULL);
	(void)sigprocmask(SIG_SETMASK, &t->mask, NULL);
	(void)sigaction(SIGALRM, &t->before, NULL);
}
