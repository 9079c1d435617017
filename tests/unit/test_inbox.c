/* Signals that are kept until they are taken. */
#include <signal.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/inbox.h"
#include "os/procfs.h"
#include "tap.h"

static const int signals[] = {SIGHUP, SIGTERM, 0};

int main(void)
{
	struct inbox b;
	uint64_t began_us;

	inbox_hold(signals);
	(void)raise(SIGHUP);
	same_number(inbox_open(&b, signals), 0, "it is open");
	ok(inbox_take() == SIGNAL_BIT(SIGHUP), "what came before is in it");
	ok(inbox_take() == 0, "once");
	(void)raise(SIGTERM);
	(void)raise(SIGTERM);
	began_us = clock_us();
	inbox_wait(&b, NULL, 0, 10000000);
	ok(clock_us() - began_us < 5000000, "one that has come ends a wait at once");
	ok(inbox_take() == SIGNAL_BIT(SIGTERM), "each counts once");
	began_us = clock_us();
	inbox_wait(&b, NULL, 0, 20000);
	ok(clock_us() - began_us >= 19000, "without one it is waited");
	inbox_hold(signals);
	(void)raise(SIGHUP);
	ok(inbox_take() == 0, "held back");
	same_number(inbox_open(&b, signals), 0, "until it is open again");
	ok(inbox_take() == SIGNAL_BIT(SIGHUP), "then it comes");
	return tap_end();
}
