/* What is found in a configuration, however the text is cut into pieces. */
#include "nginx/config_scan.h"
#include "tap.h"

static struct config_scan scan_pieces(const char *text, size_t length, size_t piece)
{
	struct config_scan s;
	size_t i;

	config_scan_init(&s);
	for (i = 0; i < length; i += piece)
		must(config_scan_feed(&s, text + i, length - i < piece ? length - i : piece) == 0,
		     "config_scan_feed");
	return s;
}

static struct config_scan scan(const char *text)
{
	return scan_pieces(text, strlen(text), strlen(text) + 1);
}

/* The pid that is found, for every way to cut the text; NULL: none. */
static void pid_n(const char *text, size_t length, const char *want)
{
	size_t piece;

	for (piece = 1; piece <= length;
	     piece = piece < 4 || piece == length ? piece + 1 : length) {
		struct config_scan s = scan_pieces(text, length, piece);

		same_text(s.pid, want, text);
		config_scan_free(&s);
		ok(!s.pid && !s.error_log, "free leaves nothing behind");
	}
}

static void pid(const char *text, const char *want)
{
	pid_n(text, strlen(text), want);
}

static void plain(void)
{
	pid("", NULL);
	pid("pid /run/nginx.pid;", "/run/nginx.pid");
	pid("user www;\r\n\tpid\t/run/nginx.pid\r\n;\nworker_processes 1;", "/run/nginx.pid");
	pid("pid /first; pid /second;", "/first");
	pid("pid /not/ended", NULL);
	pid("pid /not/ended\n", NULL);
	pid("pid;", NULL);
	pid("pid \"\";", NULL);
	pid("xpid /x; pids /y; PID /z;", NULL);
	pid("pid a#b;", "a#b");
	pid("pid a}b;", "a}b");
	pid("pid a\"b\"c'd;", "a\"b\"c'd");
	pid("pid x { } pid y;", "y");
	pid("very_long_name_of_a_directive_that_does_not_fit pid; pid y;", "y");
	pid("user pid /x; pid /y;", "/y");
}

static void depth(void)
{
	pid("http { pid /no; } pid /yes;", "/yes");
	pid("http{pid /no;}pid /yes;", "/yes");
	pid("http { server { location / { } pid /no; } pid /no; } pid /yes;", "/yes");
	pid("http { pid /no;", NULL);
	pid("} } pid /yes;", "/yes");
	pid("http { log_format x '{'; } pid /yes;", "/yes");
	pid("http { log_format x \"}}\"; pid /no; }", NULL);
	pid("http { set $a ${b}; set $c x${d}e$; } pid /yes;", "/yes");
	pid("http { set $a x${{; } pid /yes;", "/yes"); /* tried: no block opens */
	pid("http { set $a ${b{ pid /no; } pid /no; } pid /yes;", "/yes");
	pid("http { if ($a ~ ^x{2}$) { } } pid /no;", NULL); /* nginx opens a block there too */
	pid("http { if ($a ~ \"^x{2}$\") { } } pid /yes;", "/yes");
}

static void comments(void)
{
	pid("# pid /no;\npid /yes;", "/yes");
	pid("#\npid /yes;#", "/yes");
	pid("pid # it's /no;\n /yes;", "/yes");
	pid("user x; # {\n pid /yes;", "/yes");
	pid("pid '# no comment';", "# no comment");
	pid("# \\\npid /yes;", "/yes");
	pid("# pid /no;", NULL);
}

static void quotes(void)
{
	pid("pid \"/a b\";", "/a b");
	pid("pid '/a;b';", "/a;b");
	pid("'pid' /x;", "/x");
	pid("pid '/a\nb';", "/a\nb");
	pid("pid '/a\\'b\\\"c\\\\d';", "/a'b\"c\\d");
	pid("pid \"\\t\\r\\n\\d\\$\";", "\t\r\n\\d\\$");
	pid("pid a\\ b\\;c\\{;", "a\\ b\\;c\\{");
	pid("pid \\\"a;", "\"a");
	pid("pid \\;;", "\\;");
	pid("pid \"${\";", "${");
	pid("pid '/unterminated; \npid /x;", NULL);
	pid("user \"x\\\"; pid /no;\"; pid /yes;", "/yes");
	pid_n("pid /a\0b; pid /yes;", 20, "/yes");
	pid_n("\0pid /no; pid /yes;", 19, "/yes");
}

static void flags(void)
{
	static const struct {
		const char *text;
		bool daemon_off, master_process_off;
	} rows[] = {
		{"", false, false},
		{"daemon off;", true, false},
		{"daemon OFF; master_process Off;", true, true},
		{"daemon on; master_process on;", false, false},
		{"daemon 'off';", true, false},
		{"daemon off", false, false},
		{"daemon offs; daemon;", false, false},
		{"daemon on; daemon off;", false, false},
		{"daemon off; daemon on;", true, false},
		{"x { daemon off; master_process off; }", false, false},
		{"# daemon off;\nmaster_process off;", false, true},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config_scan s = scan(rows[i].text);

		same_number(s.daemon_off, rows[i].daemon_off, rows[i].text);
		same_number(s.master_process_off, rows[i].master_process_off, rows[i].text);
		config_scan_free(&s);
	}
}

static void workers(void)
{
	static const struct {
		const char *text;
		unsigned workers;
		bool is_auto;
	} rows[] = {
		{"", 0, false},
		{"worker_processes 4;", 4, false},
		{"worker_processes 1024;", 1024, false},
		{"worker_processes 1025;", 0, false},
		{"worker_processes auto;", 0, true},
		{"worker_processes AUTO;", 0, false},
		{"worker_processes 4x;", 0, false},
		{"worker_processes -1;", 0, false},
		{"worker_processes '3';", 3, false},
		{"worker_processes 2; worker_processes 3;", 2, false},
		{"http { worker_processes 5; }", 0, false},
		{"worker_processes 99999999999999999999;", 0, false},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config_scan s = scan(rows[i].text);

		same_number(s.workers, rows[i].workers, rows[i].text);
		same_number(s.workers_auto, rows[i].is_auto, rows[i].text);
		config_scan_free(&s);
	}
}

static void error_log(const char *text, const char *want)
{
	struct config_scan s = scan(text);

	same_text(s.error_log, want, text);
	config_scan_free(&s);
}

#define FILE_A "# configuration file /etc/a.conf:\n"
#define FILE_B "# configuration file /etc/b.conf:\n"
#define FILE_C "# configuration file /etc/c.conf:\n"

static void dumps(void)
{
	error_log("error_log /a warn; error_log /b;", "/a");
	error_log("http { error_log /a; }", NULL);
	error_log(FILE_A "error_log /a;\n" FILE_B "error_log /b;", "/a");
	error_log(FILE_A "user x;\n" FILE_B "error_log /b;", NULL);
	error_log("error_log /g;\n" FILE_A "error_log /a;", "/g");
	pid("daemon on; pid /g;\n" FILE_A "pid /a;", "/g");
	pid("daemon on; pid /cut\n" FILE_A "user x; pid /a;", "/a");
	pid(FILE_A "include b.conf;\n" FILE_B "pid /b;", "/b");
	pid(FILE_A "http { x_by_lua_block { if #t > 1 then return {#t} end } }\n\n" FILE_B
		   "pid /b;",
	    "/b");
	pid(FILE_A "x 'astray;\n" FILE_B "pid /b;", "/b");
	pid(FILE_A "x astray\\\n" FILE_B "pid /b;", "/b");
	/* A remark of somebody's own does not begin a file. */
	pid("http {\n# configuration file /x\npid /no; }", NULL);
	pid("http {\n# configuration file of mine:\npid /no; }", NULL);
	pid("http {\n # configuration file /x:\npid /no; }", NULL);
}

/* Of the files of a dump, a pid counts where its file is included at the main level. */
static void included_pid(const char *text, const char *want, bool included)
{
	struct config_scan s = scan(text);

	pid(text, want);
	same_number(s.pid_included, included, text);
	config_scan_free(&s);
}

static void includes(void)
{
	pid(FILE_A "include b.conf; pid /a;\n" FILE_B "pid /b;", "/a");
	included_pid("pid /g;\n" FILE_A "include b.conf;\n" FILE_B "pid /b;", "/g", false);
	included_pid(FILE_A "pid /a;", "/a", false);
	included_pid(FILE_A "include b.conf;\n" FILE_B "pid /b;", "/b", true);
	included_pid(FILE_A "include /etc/b.conf;\n" FILE_B "pid /b;", "/b", true);
	included_pid(FILE_A "include '*.conf';\n" FILE_B "pid /b;", "/b", true);
	included_pid(FILE_A "include /e?c/[a-c]*.conf;\n" FILE_B "pid /b;", "/b", true);
	/* A map of words is no directive. */
	included_pid(FILE_A "http { map $a $b { include b.conf; } }\n" FILE_B "pid /no;", NULL,
		     false);
	included_pid(FILE_A "x { include *.conf; } include c.conf;\n" FILE_B "pid /no;\n" FILE_C
			    "pid /c;",
		     "/c", true);
	included_pid(FILE_A "x { include b.conf; }\n" FILE_B "include c.conf;\n" FILE_C "pid /no;",
		     NULL, false);
	included_pid(FILE_A "include b.conf;\n" FILE_B "include c.conf;\n" FILE_C "pid /c;", "/c",
		     true);
	included_pid(FILE_A "x { include b.conf; } include b.conf;\n" FILE_B "pid /b;", "/b", true);
	/* One that nothing accounts for counts only where no other says it. */
	included_pid(FILE_A "include c.conf;\n" FILE_B "pid /b;\n" FILE_C "pid /c;", "/c", true);
	included_pid(FILE_A "include c.conf;\n" FILE_C "pid /c;\n" FILE_B "pid /b;", "/c", true);
	included_pid(FILE_A "include c.conf;\n" FILE_B "pid /b;\n" FILE_C "user x;", "/b", true);
	included_pid(FILE_A "user x;\n" FILE_B "pid /b;\n" FILE_C "pid /c;", "/b", true);
	error_log(FILE_A "include b.conf;\n" FILE_B "error_log /b;", "/b");
	error_log(FILE_A "include b.conf;\n" FILE_B "x { error_log /no; }", NULL);
	error_log(FILE_A "x { include b.conf; }\n" FILE_B "error_log /no;", NULL);
	error_log("include b.conf;\n" FILE_A "user x;\n" FILE_B "error_log /b;", "/b");
}

/* Whether `include PATTERN;` of /etc/a.conf accounts for that file. */
static void pattern(const char *pattern, const char *path, bool want)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		       FILE_A "include '%s';\n# configuration file %s:\nerror_log /b;", pattern,
		       path);
	error_log(text, want ? "/b" : NULL);
}

static void patterns(void)
{
	pattern("modules/*.conf", "/etc/modules/x.conf", true);
	pattern("modules/*.conf", "/etc/modules/.x.conf", false);
	pattern("modules/.*.conf", "/etc/modules/.x.conf", true);
	pattern("modules/*.conf", "/etc/modules/y/x.conf", false);
	pattern("modules/*/*.conf", "/etc/modules/y/x.conf", true);
	pattern("*", "/etc/x", true);
	pattern("*", "/etc/x/y", false);
	pattern("*", "/etcx", false);
	pattern("/*", "/x", true);
	pattern("/etc/**x*y", "/etc/xaxyay", true);
	pattern("/etc/*x*y", "/etc/xaxyaz", false);
	pattern("/etc/x*", "/etc/x", true);
	pattern("/etc/x?*", "/etc/x", false);
	pattern("/etc/[xyz].conf", "/etc/y.conf", true);
	pattern("/etc/[!xyz].conf", "/etc/y.conf", false);
	pattern("/etc/[^xyz].conf", "/etc/a.conf2", false);
	pattern("/etc/[!xyz].conf", "/etc/b.conf", true);
	pattern("/etc/[0-9][0-9]-*", "/etc/50-x", true);
	pattern("/etc/[0-9][0-9]-*", "/etc/5a-x", false);
	pattern("/etc/[]x]?", "/etc/]y", true);
	pattern("/etc/[x*", "/etc/[xy", true);
	pattern("/etc/[x", "/etc/[x", true);
	pattern("/etc/[a-]*", "/etc/-", true);
	pattern("/etc/[", "/etc/[", true);
	pattern("/etc/\\\\*?", "/etc/*x", true);
	pattern("/etc/\\\\*?", "/etc/xx", false);
	pattern("/etc/x*/", "/etc/x", false);
	pattern("x.conf", "/etc/x.conf", true);
	pattern("./x.conf", "/etc/x.conf", false);
	pattern("../x.conf", "/etc/../x.conf", true);
}

/* Words with a blank between them. */
static const char *joined(char *const *words, size_t count)
{
	static char text[512];
	size_t i, n = 0;

	text[0] = '\0';
	for (i = 0; i < count && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "", words[i]);
	return text;
}

static void env(const char *text, const char *want)
{
	struct config_scan s = scan(text);
	size_t count = 0;

	while (s.env[count])
		count++;
	same_text(joined(s.env, count), want, text);
	ok(!s.env_more, "these are all");
	config_scan_free(&s);
	ok(!s.env[0], "free leaves nothing behind");
}

static void environment(void)
{
	char text[CONFIG_ENV_MAX * 16 + 16] = "";
	struct config_scan s;
	size_t i, n = 0;

	env("", "");
	env("env A; env B=x; env 'C=y z'; env TZ=;", "A B=x C=y z TZ=");
	env("env A; env A;", "A A");
	env("env; env ''; envx D; x { env E; }", "");
	env("env A;\n" FILE_A "include b.conf; env B;\n" FILE_B "env C;", "A B C");
	env(FILE_A "x { include b.conf; }\n" FILE_B "env C;", "");
	for (i = 0; i < CONFIG_ENV_MAX + 1; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "env A%zu;", i);
	s = scan(text);
	ok(s.env_more, "more than fit");
	same_text(s.env[CONFIG_ENV_MAX - 1], "A63", "the last that does");
	same_text(s.env[CONFIG_ENV_MAX], NULL, "and an end");
	config_scan_free(&s);
}

/* A word of that length for a pid file's path, and whether it is kept. */
static void word_of(size_t length, bool kept)
{
	char *text = malloc(length + 32);
	struct config_scan s;

	must(text != NULL, "malloc");
	memcpy(text, "pid ", 4);
	memset(text + 4, 'a', length);
	memcpy(text + 4 + length, "; pid /b;", 9);
	s = scan_pieces(text, length + 13, 1000);
	same_number((long)(s.pid ? strlen(s.pid) : 0), (long)(kept ? length : 2), "length");
	same_number(s.overflow, !kept, "overflow");
	config_scan_free(&s);
	free(text);
}

static void large(void)
{
	enum { MEGABYTE = 1024 * 1024 };
	char *text = malloc(MEGABYTE);
	struct config_scan s;

	must(text != NULL, "malloc");
	word_of(1, true);
	word_of(CONFIG_WORD_MAX - 1, true);
	word_of(CONFIG_WORD_MAX, false);
	word_of(CONFIG_WORD_MAX + 1, false);
	word_of(3 * CONFIG_WORD_MAX, false);
	memset(text, 'a', MEGABYTE);
	memcpy(text + MEGABYTE - 9, "; pid /b;", 9);
	s = scan_pieces(text, MEGABYTE, 4096);
	same_text(s.pid, "/b", "behind a megabyte of a");
	ok(s.overflow, "which was too long");
	config_scan_free(&s);
	memcpy(text, "user x ", 7);
	s = scan_pieces(text, MEGABYTE, 4096);
	same_text(s.pid, "/b", "behind a long third word");
	ok(!s.overflow, "which nobody asks for");
	config_scan_free(&s);
	memset(text, '{', MEGABYTE / 2);
	memset(text + MEGABYTE / 2, '}', MEGABYTE / 2 - 9);
	s = scan_pieces(text, MEGABYTE, 4096);
	same_text(s.pid, NULL, "deep within blocks");
	config_scan_free(&s);
	free(text);
}

int main(void)
{
	plain();
	depth();
	comments();
	quotes();
	flags();
	workers();
	dumps();
	includes();
	patterns();
	environment();
	large();
	return tap_end();
}
