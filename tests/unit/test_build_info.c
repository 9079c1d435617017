/* What is read from -V, and how two builds differ. */
#include "nginx/build_info.h"
#include "tap.h"

#define ARGUMENTS "configure arguments: --prefix=/p\n"

static struct build_info parse_n(const char *text, size_t length, int want, const char *name)
{
	static char mark;
	struct build_info b;

	memset(&b, 0, sizeof(b));
	b.product = &mark;
	same_number(build_info_parse(text, length, &b), want, name);
	if (want) {
		ok(b.product == &mark, "and nothing is written");
		memset(&b, 0, sizeof(b));
	}
	must(want || b.product != &mark, name);
	return b;
}

static struct build_info parse(const char *text, const char *name)
{
	return parse_n(text, strlen(text), 0, name);
}

static void refuses(const char *text, const char *name)
{
	(void)parse_n(text, strlen(text), -EBADMSG, name);
}

static void ubuntu(void)
{
	struct build_info b =
		parse("nginx version: nginx/1.18.0 (Ubuntu)\n"
		      "built by gcc 9.3.0 (Ubuntu)\n"
		      "built with OpenSSL 1.1.1f  31 Mar 2020 (running with OpenSSL 1.1.1k)  \n"
		      "TLS SNI support enabled\n"
		      "configure arguments: --with-cc-opt='-g -O2 -fPIE' --with-ld-opt=\n",
		      "Ubuntu");

	same_text(b.product, "nginx", "product");
	same_text(b.version, "1.18.0", "version without the remark");
	same_text(b.tls, "OpenSSL 1.1.1f  31 Mar 2020 (running with OpenSSL 1.1.1k)", "tls");
	same_number((long)b.argument_count, 2, "arguments");
	same_text(b.arguments[0], "--with-cc-opt=-g -O2 -fPIE", "quotes are off");
	same_text(b.arguments[1], "--with-ld-opt=", "an empty value");
	same_text(b.arguments[2], NULL, "NULL at the end");
	same_text(b.prefix, "/usr/local/nginx", "default prefix");
	same_text(b.sbin_path, "/usr/local/nginx/sbin/nginx", "default sbin path");
	same_text(b.conf_path, "/usr/local/nginx/conf/nginx.conf", "default conf path");
	same_text(b.pid_path, "/usr/local/nginx/logs/nginx.pid", "default pid path");
	same_text(b.error_log_path, "/usr/local/nginx/logs/error.log", "default error log");
	build_info_free(&b);
	ok(!b.product && !b.arguments && !b.argument_count, "free leaves nothing behind");
	build_info_free(&b);
}

static void product(const char *text, const char *want_product, const char *want_version)
{
	struct build_info b = parse(text, want_product);

	same_text(b.product, want_product, "product");
	same_text(b.version, want_version, want_version);
	build_info_free(&b);
}

static void products(void)
{
	product("Tengine version: Tengine/2.3.3\nnginx version: nginx/1.18.0\n" ARGUMENTS,
		"Tengine", "2.3.3");
	product("nginx version: nginx/1.18.0\nTengine version: Tengine/2.3.3\n" ARGUMENTS, "nginx",
		"1.18.0");
	product("nginx version: openresty/1.21.4.1\n" ARGUMENTS, "openresty", "1.21.4.1");
	product("Angie version: Angie/1.4.0\n" ARGUMENTS, "Angie", "1.4.0");
	product("Angie version: Angie/1.4.0\nnginx version: nginx/1.25.0\n" ARGUMENTS, "Angie",
		"1.4.0");
	product("freenginx version: freenginx/1.27.0\n" ARGUMENTS, "freenginx", "1.27.0");
	product("nginx version: nginx/1.25.3 (nginx-plus-r31)\n" ARGUMENTS, "nginx", "1.25.3");
	product("nginx: nginx version: nginx/1.0.4\nnginx: TLS SNI support enabled\n"
		"nginx: " ARGUMENTS,
		"nginx", "1.0.4");
	product("nginx: [warn] this version: is a/warning\n"
		"/usr/sbin/nginx: /lib/libssl.so: no version information available\n"
		"nginx version: nginx/1.18.0\r\n" ARGUMENTS,
		"nginx", "1.18.0");
	product("nginx version: nginx/1.18.0\nnginx version: nginx/9.9.9\n" ARGUMENTS, "nginx",
		"1.18.0");
	product("nginx version: nginx/1.18.0\nconfigure arguments:", "nginx", "1.18.0");
}

static void flavour(const char *text, const char *want_nginx, const char *want_product,
		    const char *want_conf, const char *want_pid, const char *want_sbin)
{
	struct build_info b = parse(text, text);

	same_text(b.nginx_version, want_nginx, "the nginx in it");
	same_text(b.flavour->product, want_product, "flavour");
	same_text(b.conf_path, want_conf, "conf path");
	same_text(b.pid_path, want_pid, "pid path");
	same_text(b.sbin_path, want_sbin, "sbin path");
	build_info_free(&b);
}

#define TENGINE(version) "Tengine version: Tengine/" version "\nnginx version: nginx/1.31.3\n"
#define NGINX_PATHS(prefix)                                                                        \
	prefix "/conf/nginx.conf", prefix "/logs/nginx.pid", prefix "/sbin/nginx"
#define TENGINE_PATHS(prefix)                                                                      \
	prefix "/conf/tengine.conf", prefix "/logs/tengine.pid", prefix "/sbin/tengine"
#define ANGIE_PATHS(prefix)                                                                        \
	prefix "/conf/angie.conf", prefix "/logs/angie.pid", prefix "/sbin/angie"

/* What -V does not say, where configure was told nothing. */
static void flavours(void)
{
	flavour("nginx version: nginx/1.18.0\n" ARGUMENTS, "1.18.0", "nginx", NGINX_PATHS("/p"));
	flavour("nginx version: openresty/1.21.4.1\nconfigure arguments:", "1.21.4.1", "openresty",
		NGINX_PATHS("/usr/local/nginx"));
	flavour("freenginx version: freenginx/1.27.0\nconfigure arguments:", "1.27.0", "freenginx",
		NGINX_PATHS("/usr/local/nginx"));
	flavour("nginx version: my-server/9\nconfigure arguments:", "9", "nginx",
		NGINX_PATHS("/usr/local/nginx"));
	flavour(TENGINE("3.1.0") "configure arguments:", "1.31.3", "Tengine",
		NGINX_PATHS("/usr/local/nginx"));
	flavour(TENGINE("3.2.0") "configure arguments:", "1.31.3", "Tengine",
		TENGINE_PATHS("/usr/local/tengine"));
	flavour(TENGINE("3.10.1") ARGUMENTS, "1.31.3", "Tengine", TENGINE_PATHS("/p"));
	flavour(TENGINE("3.2.0") "configure arguments: --prefix=/p --conf-path=/c --pid-path=r --sbin-path=/s",
		"1.31.3", "Tengine", "/c", "/p/r", "/s");
	flavour("Angie version: Angie/1.12.1\nnginx version: nginx/1.31.2\n"
		"built on Thu, 01 Jan 2026 00:00:00 GMT\nbuilt by gcc 12.2.0\n"
		"configure arguments:",
		"1.31.2", "Angie", ANGIE_PATHS("/usr/local/angie"));
	flavour("Angie version: Angie/1.0.0\n" ARGUMENTS, "1.0.0", "Angie", ANGIE_PATHS("/p"));
}

static void paths(void)
{
	struct build_info b =
		parse("nginx version: nginx/1.22.1\n"
		      "configure arguments: --prefix=/wrong --prefix=/usr/share/nginx// "
		      "--conf-path=/etc/nginx/nginx.conf --error-log-path=stderr "
		      "--pid-path=run/x.pid --sbin-path='/a b/nginx' --pid-pathological=/no",
		      "paths");

	same_text(b.prefix, "/usr/share/nginx", "the last prefix, no slash behind");
	same_text(b.conf_path, "/etc/nginx/nginx.conf", "absolute");
	same_text(b.error_log_path, "stderr", "stderr is no file");
	same_text(b.pid_path, "/usr/share/nginx/run/x.pid", "relative to the prefix");
	same_text(b.sbin_path, "/a b/nginx", "with a blank");
	build_info_free(&b);

	b = parse("nginx version: nginx/1\nconfigure arguments: --prefix=/ --conf-path=", "root");
	same_text(b.prefix, "/", "root stays root");
	same_text(b.pid_path, "/logs/nginx.pid", "one slash");
	same_text(b.conf_path, "/conf/nginx.conf", "an empty path is the default one");
	build_info_free(&b);

	b = parse("nginx version: nginx/1\nconfigure arguments: --prefix=", "no prefix");
	same_text(b.prefix, "", "an empty prefix");
	same_text(b.pid_path, "logs/nginx.pid", "leaves paths relative");
	build_info_free(&b);
}

static void word(const char *quoted, const char *first, const char *second)
{
	char text[256];
	struct build_info b;

	(void)snprintf(text, sizeof(text), "nginx version: nginx/1.2\nconfigure arguments: %s\n%s",
		       quoted, "--not-an-argument");
	b = parse(text, quoted);
	same_text(b.arguments[0], first, "first word");
	if (first)
		same_text(b.arguments[1], second, "second word");
	build_info_free(&b);
}

/* As configure writes them: quotes around a value with a blank, and nothing is escaped. */
static void words(void)
{
	word("", NULL, NULL);
	word(" \t ", NULL, NULL);
	word("--a \t --b", "--a", "--b");
	word("--a='b c' --e", "--a=b c", "--e");
	word("--a='b c'", "--a=b c", NULL);
	word("--a='-DX=\"y z\" -g' --e", "--a=-DX=\"y z\" -g", "--e");
	word("--a='-DX='y z' -g' --e", "--a=-DX='y z' -g", "--e");
	word("--a='\"\\ ' --e", "--a=\"\\ ", "--e");
	word("--a=\"b --e='c d\"'", "--a=\"b", "--e=c d\"");
	word("--a=\\\"b\\\" --e", "--a=\\\"b\\\"", "--e");
	word("--a=Bob's --e", "--a=Bob's", "--e");
	word("--a='not closed --e", "--a='not", "closed");
	word("--a=' --e", "--a='", "--e");
	word("--a=' ' --e", "--a= ", "--e");
	word("--a='", "--a='", NULL);
	word("--a=''", "--a=", NULL);
	word("\001\033[31m --b", "\001\033[31m", "--b");
}

static void refusals(void)
{
	static const char *const bad[] = {"",   "1/2",  "..",      "../x",  ".1",
					  "-1", "1;rm", "1\0332J", "1$(x)", "\xc3\xa4"};
	char text[256];
	size_t i;

	refuses("", "nothing");
	refuses("\n\n\n", "empty lines");
	refuses(ARGUMENTS, "no version");
	refuses("nginx version: nginx/1.18.0\n", "no arguments: cut off");
	refuses("nginx version: nginx\n" ARGUMENTS, "no slash");
	refuses("Server version: Apache/2.4.6\n" ARGUMENTS, "Apache");
	refuses("usage: true [OPTION]\n", "another program");
	refuses("nginx version: nginx 2/1.0\n" ARGUMENTS, "blank in the product");
	refuses("nginx version: /1.0\n" ARGUMENTS, "no product");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), "nginx version: nginx/%s\n%s", bad[i],
			       ARGUMENTS);
		refuses(text, bad[i]);
	}
	(void)parse_n("nginx version: nginx/1.2\0\n" ARGUMENTS, 26 + strlen(ARGUMENTS), -EBADMSG,
		      "NUL");
	(void)parse_n("nginx version: nginx/1.2\n" ARGUMENTS, 21, -EBADMSG, "cut at the version");
}

static void version_length(size_t length, int want)
{
	char version[128] = "";
	char text[256];
	struct build_info b;

	memset(version, '1', length);
	(void)snprintf(text, sizeof(text), "nginx version: nginx/%s\n%s", version, ARGUMENTS);
	b = parse_n(text, strlen(text), want, "length of a version");
	build_info_free(&b);
}

static void large(void)
{
	enum { MEGABYTE = 1024 * 1024, LIMIT = 64 * 1024, MANY = 2048 };
	static const char head[] = "nginx version: nginx/1.2\nconfigure arguments: ";
	const size_t h = sizeof(head) - 1;
	char *text = malloc(MEGABYTE);
	struct build_info b;
	size_t i;

	must(text != NULL, "malloc");
	memset(text, 'a', MEGABYTE);
	(void)parse_n(text, MEGABYTE, -E2BIG, "a megabyte of a");
	(void)parse_n(text, LIMIT, -EBADMSG, "64 KiB of a");
	(void)parse_n(text, LIMIT + 1, -E2BIG, "64 KiB and one");
	memcpy(text, head, h);
	b = parse_n(text, LIMIT, 0, "one long argument");
	must(b.argument_count == 1, "one argument");
	same_number((long)strlen(b.arguments[0]), (long)(LIMIT - h), "all of it");
	build_info_free(&b);
	for (i = h + 1; i < MEGABYTE; i += 2)
		text[i] = ' ';
	b = parse_n(text, h + 2 * MANY, 0, "as many arguments as may be");
	same_number((long)b.argument_count, MANY, "all of them");
	same_text(b.arguments[MANY], NULL, "and NULL behind");
	build_info_free(&b);
	(void)parse_n(text, h + 2 * MANY + 1, -E2BIG, "one more");
	memset(text + h, '\'', LIMIT - h);
	b = parse_n(text, LIMIT - 1, 0, "quotes only");
	build_info_free(&b);
	free(text);
	version_length(64, 0);
	version_length(65, -EBADMSG);
}

static char told[2048];

static void tell(void *arg, enum build_change kind, const char *what, const char *before,
		 const char *after)
{
	static const char letters[] = "VT-+~P";
	size_t n = strlen(told);

	must(arg == told, "the argument of the callback");
	(void)snprintf(told + n, sizeof(told) - n, "%c %s|%s|%s\n", letters[kind], what,
		       before ? before : "", after ? after : "");
}

static void differ(const char *before, const char *after, size_t count, const char *want)
{
	struct build_info a = parse(before, "before");
	struct build_info b = parse(after, "after");

	told[0] = '\0';
	same_number((long)build_info_diff(&a, &b, tell, told), (long)count, "differences");
	same_text(told, want, "they are");
	build_info_free(&a);
	build_info_free(&b);
}

#define NGINX(version, arguments)                                                                  \
	"nginx version: nginx/" version "\nconfigure arguments: " arguments "\n"

static void differences(void)
{
	differ(NGINX("1.2", "--a --b='c d'"), NGINX("1.2", "--b='c d' --a"), 0, "");
	differ(NGINX("1.2", "--a --b --b"), NGINX("1.3", "--c --b"), 4,
	       "V version|1.2|1.3\n- --a|--a|\n- --b|--b|\n+ --c||--c\n");
	differ(NGINX("1.2", "--o='-O1 -g' --p=1"), NGINX("1.2", "--q=1 --o=-O2"), 3,
	       "~ --o|-O1 -g|-O2\n- --p=1|--p=1|\n+ --q=1||--q=1\n");
	differ(NGINX("1.2", "--m"), NGINX("1.2", "--m=dynamic"), 2,
	       "- --m|--m|\n+ --m=dynamic||--m=dynamic\n");
	differ(NGINX("1.2", "--m=1 --m=2"), NGINX("1.2", "--m=2 --m=3"), 2,
	       "- --m=1|--m=1|\n+ --m=3||--m=3\n");
	differ(NGINX("1.2", "--mm=1"), NGINX("1.2", "--m=1"), 2,
	       "- --mm=1|--mm=1|\n+ --m=1||--m=1\n");
	differ("nginx version: nginx/1.2\nbuilt with A\nconfigure arguments:",
	       "nginx version: openresty/1.2\nbuilt with B\nconfigure arguments:", 2,
	       "V product|nginx|openresty\nT tls|A|B\n");
	differ("Angie version: Angie/1.2\nnginx version: nginx/1.3\nconfigure arguments:",
	       "Angie version: Angie/1.2\nnginx version: nginx/1.4\nconfigure arguments:", 1,
	       "V nginx version|1.3|1.4\n");
	differ("nginx version: nginx/1.2\nbuilt with A\nconfigure arguments:", NGINX("1.2", ""), 1,
	       "T tls|A|\n");
}

/* A name is cut at 255 letters. */
static void long_name(size_t length)
{
	char before[600], after[600], want[600], name[301] = "";

	memset(name, 'n', length);
	(void)snprintf(before, sizeof(before), NGINX("1", "%s=1"), name);
	(void)snprintf(after, sizeof(after), NGINX("1", "%s=2"), name);
	(void)snprintf(want, sizeof(want), "~ %.255s|1|2\n", name);
	differ(before, after, 1, want);
}

/* A path counts as what results from it, and once. */
static void path_differences(void)
{
	differ(NGINX("1", "--prefix=/p --conf-path=/p/conf/nginx.conf"), NGINX("1", "--prefix=/p/"),
	       0, "");
	differ(NGINX("1", "--prefix=/p --pid-path=/run/a"),
	       NGINX("1", "--pid-path=/run/b --prefix=/p"), 1, "P pid-path|/run/a|/run/b\n");
	differ(NGINX("1", "--prefix=/p --error-log-path=stderr"), NGINX("1", "--prefix=/q"), 5,
	       "P prefix|/p|/q\nP sbin-path|/p/sbin/nginx|/q/sbin/nginx\n"
	       "P conf-path|/p/conf/nginx.conf|/q/conf/nginx.conf\n"
	       "P pid-path|/p/logs/nginx.pid|/q/logs/nginx.pid\n"
	       "P error-log-path|stderr|/q/logs/error.log\n");
	differ(NGINX("1", "--http-log-path=/a"), NGINX("1", "--http-log-path=/b"), 1,
	       "~ --http-log-path|/a|/b\n");
}

static void ordered(const char *small, const char *large)
{
	ok(version_compare(small, large) < 0, small);
	ok(version_compare(large, small) > 0, large);
	same_number(version_compare(small, small), 0, small);
}

static void versions(void)
{
	ordered("1.9.2", "1.9.12");
	ordered("1.13.7", "1.13.8");
	ordered("1.9.9", "1.18.0");
	ordered("0.8.54", "1.0.0");
	ordered("1.21.4", "1.21.4.1");
	ordered("", "1");
	ordered("1.18.0", "1.18.0-rc1");
	ordered("1.18.a", "1.18.b");
	ordered("1.18.0", "1.18.a");
	ordered("1.5", "1.a");
	ordered("1.99999999999999999999998", "1.99999999999999999999999");
	ordered("1.9999999999999999999999", "1.10000000000000000000000");
	same_number(version_compare("1.08.0", "1.8.000"), 0, "leading zeros");
}

int main(void)
{
	ubuntu();
	products();
	flavours();
	paths();
	words();
	refusals();
	large();
	differences();
	long_name(255);
	long_name(256);
	long_name(300);
	path_differences();
	versions();
	return tap_end();
}
