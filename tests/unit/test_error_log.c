/* The line of nginx's own words that names the cause. */
#include <string.h>

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
	return tap_end();
}
