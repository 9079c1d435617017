/* The table of flavours: which is which, what hands sockets over, what a binary is called. */
#include "nginx/flavour.h"
#include "tap.h"

static void product(const char *name, const char *version, const char *want_since,
		    const char *want_conf)
{
	const struct flavour *f = flavour_of_product(name, version);

	same_text(f->since, want_since, name);
	same_text(f->conf_path, want_conf, version);
}

static void products(void)
{
	product("nginx", "1.26.3", "", "conf/nginx.conf");
	product("Tengine", "2.3.3", "", "conf/nginx.conf");
	product("Tengine", "3.1.9", "", "conf/nginx.conf");
	product("Tengine", "3.2.0", "3.2.0", "conf/tengine.conf");
	product("Tengine", "10.0", "3.2.0", "conf/tengine.conf");
	product("Angie", "1.1.0", "", "conf/angie.conf");
	product("Angie", "1.2.0", "1.2.0", "conf/angie.conf");
	product("", "", "", "conf/nginx.conf");
	same_text(flavour_of_product("some server", "1")->product, "nginx", "an unknown name");
	same_text(flavour_of_product("angie", "1.3.0")->product, "nginx", "-V writes it large");
}

static void title(const char *text, const char *want_product, const char *want_rest)
{
	const char *rest = NULL;
	const struct flavour *f = flavour_of_title(text, &rest);

	same_text(f ? f->product : NULL, want_product, text);
	same_text(rest, want_rest, "rest");
}

static void titles(void)
{
	title("nginx: master process", "nginx", "master process");
	title("angie: worker process #1", "Angie", "worker process #1");
	title("Angie: worker process", "Angie", "worker process");
	title("nginx: ", "nginx", "");
	title("nginx:", NULL, NULL);
	title("nginx", NULL, NULL);
	title("", NULL, NULL);
	title("Nginx: master process", NULL, NULL);
	title(" nginx: master process", NULL, NULL);
	title("nginx:master process", NULL, NULL);
}

static bool inherits(const char *after, const char *before)
{
	return flavour_inherits_from(flavour_of_product(after, "2"),
				     flavour_of_product(before, "9"));
}

static void inheritance(void)
{
	ok(inherits("nginx", "nginx"), "nginx from nginx");
	ok(inherits("Tengine", "nginx"), "Tengine from nginx");
	ok(inherits("freenginx", "Tengine"), "freenginx from Tengine");
	ok(inherits("nginx", "openresty"), "nginx from OpenResty");
	ok(inherits("Angie", "Angie"), "Angie from Angie");
	ok(!inherits("Angie", "nginx"), "not Angie from nginx");
	ok(!inherits("nginx", "Angie"), "nor nginx from Angie");
	ok(!inherits("Tengine", "Angie"), "nor Tengine from Angie");
}

#define HANDED(text) flavour_is_handed_sockets(text, sizeof(text) - 1)

static void environments(void)
{
	ok(HANDED("NGINX=6;7;\0"), "NGINX first");
	ok(HANDED("TZ=UTC\0NGINX=6;\0SPARE=X\0"), "NGINX in the middle");
	ok(HANDED("TZ=UTC\0ANGIE=6;"), "ANGIE last, without a NUL");
	ok(HANDED("ANGIE="), "with nothing in it");
	ok(!HANDED(""), "empty");
	ok(!HANDED("\0\0\0"), "NULs");
	ok(!HANDED("NGINX"), "no =");
	ok(!HANDED("NGINX\0=6;"), "cut by a NUL");
	ok(!HANDED("NGINX_CONF=6;\0XNGINX=1\0A=NGINX=6;\0TENGINE=6;"), "other names");
	ok(!flavour_is_handed_sockets("NGINX=6;", 5), "the = is beyond the end");
	ok(!flavour_is_handed_sockets("A=1\0NGINX=", 6), "the name is beyond the end");
}

static void places(void)
{
	size_t i = 0;
	const char *place;

	for (; (place = flavour_usual_place(i)); i++) {
		ok(*place == '/', place);
		ok(flavour_is_executable_name(place), "is called what a binary is called");
	}
	ok(i > 4, "there are some");
	same_text(flavour_usual_place(0), "/usr/sbin/nginx", "that of the packages is the first");
	same_text(flavour_usual_place(i + 1000), NULL, "and nothing beyond the end");
}

static void executables(void)
{
	static const char *const good[] = {
		"nginx",
		"/usr/sbin/nginx",
		"/usr/sbin/nginx (deleted)",
		"/usr/sbin/nginx.old",
		"/usr/sbin/nginx.old (deleted)",
		"/usr/sbin/nginx.1.18.0",
		"/usr/sbin/nginx.1.18.0-2 (deleted)",
		"/usr/local/nginx/sbin/nginx1.6",
		"/usr/sbin/nginx-debug",
		"/usr/sbin/angie (deleted)",
		"/usr/sbin/angie-debug.old",
		"/usr/local/tengine/sbin/tengine.old",
		"/usr/sbin/freenginx",
	};
	static const char *const bad[] = {
		"",
		"/",
		"/usr/sbin/nginx/",
		"/usr/sbin/nginx/x",
		"/usr/sbin/nginx-handover",
		"/usr/bin/nginx-prometheus-exporter",
		"/usr/sbin/nginxx",
		"/usr/sbin/mynginx",
		"/usr/sbin/ngin",
		"/usr/sbin/NGINX",
		"/usr/sbin/nginx (gone)",
		"/usr/sbin/nginx ",
		" (deleted)",
		"/memfd:nginx (deleted)",
		"/usr/sbin/apache2",
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(flavour_is_executable_name(good[i]), good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!flavour_is_executable_name(bad[i]), bad[i]);
}

int main(void)
{
	products();
	titles();
	inheritance();
	environments();
	places();
	executables();
	return tap_end();
}
