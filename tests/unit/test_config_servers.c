/* The servers of http: where each listens, how, and for which names. */
#include "nginx/config_scan.h"
#include "tap.h"

#define FILE_A "# configuration file /etc/a.conf:\n"
#define FILE_B "# configuration file /etc/b.conf:\n"
#define FILE_C "# configuration file /etc/c.conf:\n"

static void scan(struct config_scan *s, const char *text)
{
	size_t i;

	config_scan_init(s);
	for (i = 0; text[i]; i++)
		must(config_scan_feed(s, text + i, 1) == 0, "config_scan_feed");
}

/* "127.0.0.1:80 ssl http2 proxy default a.example b.example; ..." */
static const char *told(const struct config_servers *all)
{
	static char text[2048];
	size_t i, k, n = 0;

	text[0] = '\0';
	for (i = 0; i < all->count; i++) {
		const struct config_server *server = &all->list[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? "; " : "",
				      server->tls ? "tls" : "");
		for (k = 0; k < server->listen_count; k++) {
			const struct config_server_listen *l = &server->listens[k];

			n += (size_t)snprintf(
				text + n, sizeof(text) - n, "[%s%s%s%s%s]", l->address,
				l->tls ? " tls" : "", l->http2 ? " http2" : "",
				l->proxy_protocol ? " proxy" : "", l->is_default ? " default" : "");
		}
		for (k = 0; k < server->name_count; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s", server->names[k]);
	}
	return text;
}

static void servers(const char *text, const char *want, bool more)
{
	static struct config_scan s;

	scan(&s, text);
	same_text(told(&s.servers), want, text);
	same_number(s.servers.more, more, "more that are not known");
	config_scan_free(&s);
	ok(!s.servers.list, "free leaves nothing behind");
}

static void one_file(void)
{
	servers("http { server { listen 80; server_name a.example b.example *.c.example; } }",
		"[*:80] a.example b.example *.c.example", false);
	servers("http { server { listen 80 default_server; listen [::]:443 ssl http2 default; } }",
		"[*:80 default][[::]:443 tls http2 default]", false);
	servers("http { server { listen unix:/run/x proxy_protocol; server_name ''; } }",
		"[unix:/run/x proxy]", false);
	servers("http { server { listen 1; server_name a; server_name b; location / { root x; } "
		"server_name c; } }",
		"[*:1] a b c", false);
	servers("http { server { ssl on; listen 1; } server { ssl off; listen 2 ssl; } }",
		"tls[*:1]; [*:2 tls]", false);
	servers("http { server { } server { listen 443 quic; server_name q; } }", ";  q", false);
}

static void no_servers(void)
{
	servers("", "", false);
	servers("stream { server { listen 1; server_name x; } } mail { server { listen 2; } }", "",
		false);
	servers("http { upstream x { server a; server b { } } map a b { listen 1; } }", "", false);
	servers("server { listen 1; }", "", false);
	servers("http { server { if (x) { listen 2; server_name no; } listen 1; } }", "[*:1]",
		false);
	servers("http { server { server { listen 1; } } }", "", false);
}

static void not_known(void)
{
	servers("http { server { listen localhost:80; server_name a; } }", " a", true);
	servers("http { server { listen $x; listen 81; } }", "[*:81]", true);
	/* Text that led the reader astray may have hidden some. */
	servers(FILE_A "http { server { x 'astray; listen 80; } }\n" FILE_B "user x;", "", true);
	servers(FILE_A "http { include $x; }\n" FILE_B "server { listen 1; }", "", true);
}

static void several_files(void)
{
	servers(FILE_A "http { include *.conf; }\n" FILE_B
		       "server { listen 80; server_name b; }\n" FILE_C
		       "server { listen 81; server_name c; }",
		"[*:80] b; [*:81] c", false);
	servers(FILE_A "include b.conf;\n" FILE_B "http { include c.conf; }\n" FILE_C
		       "server { listen 81; }",
		"[*:81]", false);
	servers(FILE_A "stream { include b.conf; } http { include c.conf; }\n" FILE_B
		       "server { listen 1; }\n" FILE_C "server { listen 2; }",
		"[*:2]", false);
	/* One file for both kinds: nobody can tell. */
	servers(FILE_A "stream { include b.conf; } http { include b.conf; }\n" FILE_B
		       "server { listen 1; }",
		"", true);
	/* What a server includes counts for those that do, and goes on in what that includes. */
	servers(FILE_A "http { server { listen 1; include b.conf; } server { listen 2; } "
		       "server { listen 3; include /etc/b.*; } }\n" FILE_B
		       "listen 443 ssl; include c.conf;\n" FILE_C "server_name x y; ssl on;",
		"tls[*:1][*:443 tls] x y; [*:2]; tls[*:3][*:443 tls] x y", false);
	servers(FILE_A "http { server { location / { include b.conf; } } }\n" FILE_B
		       "server_name x; listen 1;",
		"", false);
	/* Included twice, at two levels. */
	servers(FILE_A "http { include b.conf; server { listen 1; include b.conf; } }\n" FILE_B
		       "ssl on;",
		"tls[*:1]", false);
}

static void bounds(void)
{
	static struct config_scan s;
	static char text[CONFIG_NAME_MAX + 128];
	char piece[64];
	int i;

	config_scan_init(&s);
	must(config_scan_feed(&s, "http {", 6) == 0, "config_scan_feed");
	for (i = 0; i < 2000; i++) {
		int n = snprintf(piece, sizeof(piece), "server { listen %d; server_name n%d; }",
				 i + 1, i);
		must(config_scan_feed(&s, piece, (size_t)n) == 0, "config_scan_feed");
	}
	same_number(s.servers.count, CONFIG_SERVERS_MAX, "no more servers than that");
	ok(s.servers.more, "which is told");
	same_text(s.servers.list[CONFIG_SERVERS_MAX - 1].names[0], "n1023", "the last one's name");
	config_scan_free(&s);

	(void)snprintf(text, sizeof(text), "http { server { server_name first %0*d last; } }",
		       CONFIG_NAME_MAX, 0);
	servers(text, " first last", false);
}

int main(void)
{
	one_file();
	no_servers();
	not_known();
	several_files();
	bounds();
	return tap_end();
}
