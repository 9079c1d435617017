/* Process titles, and what they tell of a master's arguments. */
#include "nginx/title.h"
#include "tap.h"

#define MASTER "nginx: master process "

static void classes(void)
{
	static const struct {
		const char *title;
		enum title want;
	} rows[] = {
		{"", TITLE_OTHER},
		{"nginx", TITLE_OTHER},
		{"nginx: ", TITLE_OTHER},
		{"/usr/sbin/nginx -c /etc/nginx/nginx.conf", TITLE_OTHER},
		{"vi nginx: master process", TITLE_OTHER},
		{"nginx: master", TITLE_OTHER},
		{"nginx: master processor", TITLE_OTHER},
		{"Nginx: master process", TITLE_OTHER},
		{"nginx: master process", TITLE_MASTER},
		{"nginx: master process /usr/sbin/nginx", TITLE_MASTER},
		{"nginx: worker process", TITLE_WORKER},
		{"nginx: worker process   ", TITLE_WORKER},
		{"nginx: worker process is shutting down", TITLE_LEAVING},
		{"nginx: cache manager process", TITLE_HELPER},
		{"nginx: cache loader process", TITLE_HELPER},
		{"nginx: privileged agent process", TITLE_HELPER},
		{"nginx: cache manager process is shutting down", TITLE_LEAVING},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		same_number(title_classify(rows[i].title), rows[i].want, rows[i].title);
}

static void parses(const char *title, const char *argv0, const char *conf, const char *prefix,
		   const char *directives, const char *error_log)
{
	struct title_arguments a;

	memset(&a, 'x', sizeof(a));
	same_number(title_parse(title, &a), 0, title);
	same_text(a.argv0, argv0, "argv[0]");
	same_text(a.conf, conf, "-c");
	same_text(a.prefix, prefix, "-p");
	same_text(a.directives, directives, "-g");
	same_text(a.error_log, error_log, "-e");
}

static void arguments(void)
{
	parses(MASTER "nginx", "nginx", NULL, NULL, NULL, NULL);
	parses(MASTER "/usr/sbin/nginx -c /etc/nginx/nginx.conf", "/usr/sbin/nginx",
	       "/etc/nginx/nginx.conf", NULL, NULL, NULL);
	parses(MASTER "/usr/sbin/nginx -c/c -p/p", "/usr/sbin/nginx", "/c", "/p", NULL, NULL);
	parses(MASTER "/n -g daemon on; pid /run/x; -p /p -e stderr -c c", "/n", "c", "/p",
	       "daemon on; pid /run/x;", "stderr");
	parses(MASTER "/n -q -c /c -t", "/n", "/c", NULL, NULL, NULL);
	parses(MASTER "/n -c /a-b/c -d/e", "/n", "/a-b/c -d/e", NULL, NULL, NULL);
	parses(MASTER "/n -c", "/n", NULL, NULL, NULL, NULL);
	parses(MASTER "/n -c ", "/n", NULL, NULL, NULL, NULL);
	parses(MASTER "/n -c /a -c /b", "/n", "/b", NULL, NULL, NULL);
	parses(MASTER "/my nginx/n -c /c", "/my nginx/n", "/c", NULL, NULL, NULL);
	parses(MASTER "/n -g  -c /c", "/n", "/c", NULL, NULL, NULL); /* nginx -g '' -c /c */
}

static void refuses(const char *title, int want)
{
	struct title_arguments a;

	a.argv0 = title;
	same_number(title_parse(title, &a), want, title);
	ok(a.argv0 == title, "and nothing is written");
}

static void refusals(void)
{
	static char title[sizeof(MASTER) + TITLE_MAX];
	struct title_arguments a;

	refuses("", -EINVAL);
	refuses("nginx: worker process", -EINVAL);
	refuses("/usr/sbin/nginx -c /c", -EINVAL);
	refuses("nginx: master process", -EINVAL);
	refuses("nginx: master process    ", -EINVAL);

	(void)strcpy(title, MASTER);
	memset(title + strlen(MASTER), 'a', TITLE_MAX);
	refuses(title, -E2BIG);
	title[strlen(MASTER) + TITLE_MAX - 1] = '\0';
	same_number(title_parse(title, &a), 0, "as long as may be");
	same_text(a.argv0, title + strlen(MASTER), "argv[0]");
}

int main(void)
{
	classes();
	arguments();
	refusals();
	return tap_end();
}
