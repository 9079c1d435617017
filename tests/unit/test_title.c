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
		{"nginx: worker processor", TITLE_OTHER},
		{"nginx: workers are is shutting down", TITLE_OTHER},
		{"nginx: processes are shutting down", TITLE_OTHER}, /* Tengine's own helpers */
		{"angie: master process v1.12.1 #1 [/usr/sbin/angie]", TITLE_MASTER},
		{"angie: master process /usr/sbin/angie", TITLE_MASTER}, /* Angie 1.2 */
		{"Angie: master process /usr/sbin/angie", TITLE_MASTER}, /* Angie 1.0 and 1.1 */
		{"angie: single process v1.12.1 #1 [/usr/sbin/angie]", TITLE_OTHER},
		{"angie: master processes", TITLE_OTHER},
		{"angie: worker process #1", TITLE_WORKER},
		{"angie: worker process #18446744073709551615", TITLE_WORKER},
		{"angie: worker process", TITLE_WORKER},
		{"Angie: worker process", TITLE_WORKER},
		{"angie: worker process is shutting down #3", TITLE_LEAVING},
		{"angie: worker process #3 is shutting down", TITLE_WORKER}, /* nobody's form */
		{"angie: cache manager process #2", TITLE_HELPER},
		{"angie: cache loader process #2", TITLE_HELPER},
		{"angie: privileged agent process #2", TITLE_HELPER},
		{"angie: ", TITLE_OTHER},
		{"angie", TITLE_OTHER},
		{"ANGIE: worker process", TITLE_OTHER},
		{"tengine: worker process", TITLE_OTHER}, /* its titles say nginx */
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

#define ANGIE "angie: master process v1.12.1 #1 ["

static void flavour(const char *title, const char *product, bool cut)
{
	struct title_arguments a;

	must(title_parse(title, &a) == 0, title);
	same_text(a.flavour->product, product, title);
	same_number(a.cut, cut, "cut");
}

static void angie(void)
{
	parses(ANGIE "angie]", "angie", NULL, NULL, NULL, NULL);
	parses(ANGIE "/usr/sbin/angie -c /etc/angie/angie.conf]", "/usr/sbin/angie",
	       "/etc/angie/angie.conf", NULL, NULL, NULL);
	parses(ANGIE "/a -g daemon on; pid /run/x; -p /p -e stderr -c c]", "/a", "c", "/p",
	       "daemon on; pid /run/x;", "stderr");
	parses(ANGIE "/a -c /c --log-level=debug -p /p]", "/a", "/c", "/p", NULL, NULL);
	parses(ANGIE "/a --log-level=info]", "/a", NULL, NULL, NULL, NULL);
	parses(ANGIE "/a -c /c]]", "/a", "/c]", NULL, NULL, NULL);
	parses(ANGIE "[/a] -c [c]]", "[/a]", "[c]", NULL, NULL, NULL);
	parses(ANGIE "/a -g # #2 [x]; -c /c]", "/a", "/c", NULL, "# #2 [x];", NULL);
	parses(ANGIE "/a -g ]", "/a", NULL, NULL, NULL, NULL);
	parses("angie: master process v1.3.0 #12345678901234567890123 [/a]", "/a", NULL, NULL, NULL,
	       NULL);
	/* configure --build=NAME */
	parses("angie: master process v1.12.1 my #build #7 of [me] #3 [/a -c /c]", "/a", "/c", NULL,
	       NULL, NULL);
	/* Angie before 1.3.0, and an nginx that somebody renamed */
	parses("angie: master process /a -c /c", "/a", "/c", NULL, NULL, NULL);
	parses("Angie: master process /a -c /c]", "/a", "/c]", NULL, NULL, NULL);
	parses("angie: master process v1/a -c /c #1 [x", "v1/a", "/c #1 [x", NULL, NULL, NULL);
	/* only Angie's are numbered */
	parses(MASTER "v1.12.1 #1 [/a -c /c]", "v1.12.1 #1 [/a", "/c]", NULL, NULL, NULL);
}

/* The title ends where there was no more room. */
static void cut(void)
{
	static const char whole[] = ANGIE "/a -c /c -g daemon on;]";
	struct title_arguments a;
	char title[sizeof(whole)];
	size_t n;

	flavour(whole, "Angie", false);
	flavour("angie: master process /a", "Angie", false);
	flavour("Angie: master process /a", "Angie", false);
	flavour(MASTER "/n", "nginx", false);
	flavour(ANGIE "/a -c /c", "Angie", true);
	flavour("angie: master process v1.12.1 # [/a]", "Angie", true);
	for (n = 0; n < sizeof(whole) - 1; n++) {
		memcpy(title, whole, n);
		title[n] = '\0';
		if (title_parse(title, &a) == 0)
			ok(a.cut && n > strlen("angie: master process "), title);
		else
			ok(n <= strlen("angie: master process "), title);
	}
	must(title_parse(ANGIE "/a -c /etc/ang", &a) == 0, "cut in the middle");
	same_text(a.argv0, "/a", "argv[0] is there");
	must(title_parse("angie: master process v1.12.1 #", &a) == 0, "cut before the arguments");
	same_text(a.argv0, "", "no argv[0]");
	same_text(a.conf, NULL, "no -c");
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
	refuses("angie: master process v1.12.1 #1 []", -EINVAL);
	refuses("angie: master process v1.12.1 #1 [ -c /c]", -EINVAL);
	refuses("angie: worker process v1.12.1 #1 [/a]", -EINVAL);
	refuses("angie: single process v1.12.1 #1 [/a]", -EINVAL);

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
	angie();
	cut();
	refusals();
	return tap_end();
}
