/* Where a configuration listens, whatever stands around it. */
#include "nginx/config_scan.h"
#include "tap.h"

static struct config_scan scan(const char *text)
{
	struct config_scan s;

	config_scan_init(&s);
	must(config_scan_feed(&s, text, strlen(text)) == 0, "config_scan_feed");
	return s;
}

#define FILE_A "# configuration file /etc/a.conf:\n"
#define FILE_B "# configuration file /etc/b.conf:\n"

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

static void listens(const char *text, const char *want, bool unknown, bool by_default)
{
	struct config_scan s = scan(text);

	same_text(joined(s.listen, s.listen_count), want, text);
	same_number(s.listen_unknown, unknown, "unknown ones");
	same_number(s.default_listen, by_default, "the default");
	config_scan_free(&s);
	ok(!s.listen, "free leaves nothing behind");
}

/* `listen` of one server with those words; NULL: an address that is not known. */
static void address(const char *words, const char *want)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "http { server { listen %s; } }", words);
	listens(text, want ? want : "", !want, false);
}

static void addresses(void)
{
	address("80", "*:80");
	address("*:80", "*:80");
	address("*", "*:80");
	address("080 default_server", "*:80");
	address("0.0.0.0:80", "0.0.0.0:80");
	address("127.0.0.1", "127.0.0.1:80");
	address("127.0.0.1:8080 reuseport", "127.0.0.1:8080");
	address("[::]:80 ipv6only=on", "[::]:80");
	address("[::]", "[::]:80");
	address("[fe80::1%eth0]:80", NULL);
	address("[::", NULL);
	address("[::]80", NULL);
	address("[::]:", NULL);
	address("[]:80", NULL);
	address("8000-8010", "*:8000-8010");
	address("127.0.0.1:8000-8010", "127.0.0.1:8000-8010");
	address("[::1]:8000-8010", "[::1]:8000-8010");
	address("8010-8000", NULL);
	address("unix:/run/x.sock", "unix:/run/x.sock");
	address("UNIX:/run/x:y.sock", "unix:/run/x:y.sock");
	address("'unix:/run/x y'", "unix:/run/x y");
	address("unix:", NULL);
	address("localhost:80", NULL);
	address("localhost", NULL);
	address("$address:80", NULL);
	address("unix:/run/$x", NULL);
	address("''", NULL);
	address(":80", NULL);
	address("0", NULL);
	address("65535", "*:65535");
	address("65536", NULL);
	address("127.0.0.1:99999999999999999999", NULL);
	address("127.0.0.1:80/x", NULL);
	address("1.2.3.4.5:80", NULL);
	address("-80", NULL);
	address("80-", NULL);
	address("53 udp", "*:53/udp");
	address("443 ssl quic reuseport", "*:443/udp");
	address("443 udpx quicx xudp", "*:443");
	address("unix:/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789"
		"/0123456789/0123456789/0123456789",
		NULL);
}

static void servers(void)
{
	listens("", "", false, false);
	listens("http { server { listen 80; listen 81; } server { listen 80; } }", "*:80 *:81",
		false, false);
	listens("http { server { listen 80; } server { } }", "*:80", false, true);
	listens("http{server{location / { } server_name x;}}", "", false, true);
	listens("http { upstream x { server a; server b { } } }", "", false, false);
	listens("http { server { listen; } }", "", false, true);
	listens("stream { server { listen 53 udp; listen 53; } } mail { server { listen 25; } }",
		"*:53/udp *:53 *:25", false, false);
	listens("http { map $x $y { listen 1; } server { listen 80; types { listen 2; } } }",
		"*:80", false, false);
	listens("listen 1; http { listen 2; }", "", false, false);
	listens("http { server { include x; } }", "", true, false);
	listens("http { server { listen 80; include x; } }", "*:80", false, false);
	listens("http { server { location / { include x; } } }", "", false, true);
	listens("http { include x; server { } }", "", false, true);
	listens(FILE_A "http { include b.conf; }\n" FILE_B "server { listen 80; }\nserver { }",
		"*:80", false, true);
	listens(FILE_A "http { server { include b.conf; listen 80; } }\n" FILE_B "listen 81;",
		"*:80 *:81", false, false);
	listens(FILE_A "include b.conf;\n" FILE_B "listen 81;", "", false, false);
	/* Text that led the reader astray may have hidden some. */
	listens(FILE_A "http { server { x 'astray; listen 80; } }\n" FILE_B "user x;", "", true,
		false);
	listens(FILE_A "http { server { listen 80; }\n" FILE_B "user x;", "*:80", true, false);
}

/* "ADDRESS" or "ADDRESS+" with reuseport, as many as there are. */
static void quic(const char *text, const char *want)
{
	struct config_scan s = scan(text);
	char found[256] = "";
	size_t i, n = 0;

	for (i = 0; i < s.quic_count; i++)
		n += (size_t)snprintf(found + n, sizeof(found) - n, "%s%s%s", i ? " " : "",
				      s.quic[i].address, s.quic[i].reuseport ? "+" : "");
	same_text(found, want, text);
	config_scan_free(&s);
	ok(!s.quic, "free leaves nothing behind");
}

static void of_http3(void)
{
	quic("http { server { listen 443 ssl; listen 53 udp; } }", "");
	quic("http { server { listen 443 quic; listen 443 ssl reuseport; } }", "*:443");
	quic("http { server { listen 443 reuseport quic; listen [::]:443 quic; } }",
	     "*:443+ [::]:443");
	quic("http { server { listen 443 quic; } server { listen 443 quic reuseport; } }",
	     "*:443+");
	quic("http { server { listen 443 quic reuseport; } server { listen 443 quic; } }",
	     "*:443+");
	quic("http { server { listen 443 reuseportx quic; listen 8443-8445 quic; } }",
	     "*:443 *:8443-8445");
	quic("listen 443 quic;", "");
}

static void many_servers(void)
{
	enum { ROOM = 32 * (CONFIG_LISTEN_MAX + 1) };
	char *text = malloc(ROOM);
	struct config_scan s;
	size_t i, n = 0;

	must(text != NULL, "malloc");
	for (i = 1; i <= CONFIG_LISTEN_MAX; i++)
		n += (size_t)snprintf(text + n, ROOM - n, "server { listen %zu; }", i);
	s = scan(text);
	same_number((long)s.listen_count, CONFIG_LISTEN_MAX, "as many as fit");
	ok(!s.listen_unknown, "all are known");
	config_scan_free(&s);
	(void)snprintf(text + n, ROOM - n, "server { listen %zu; }", i);
	s = scan(text);
	same_number((long)s.listen_count, CONFIG_LISTEN_MAX, "no more");
	ok(s.listen_unknown, "and that is said");
	config_scan_free(&s);
	free(text);
}

static void says(const char *text, bool http, bool keepalive_min, bool reuseport)
{
	struct config_scan s = scan(text);

	ok(s.http == http && s.keepalive_min == keepalive_min && s.reuseport_streams == reuseport,
	   text);
	config_scan_free(&s);
}

/* What the hints of --dry-run are taken from. */
static void hints(void)
{
	says("stream { server { listen 53 reuseport udp; } }", false, false, false);
	says("stream { server { listen 53 reuseport; } }", false, false, true);
	says("http { server { listen 443 quic reuseport; listen 443 ssl; } }", true, false, false);
	says("http { server { listen 80; listen 81 reuseport backlog=5; listen 82; } }", true,
	     false, true);
	says("http { keepalive_timeout 5; # keepalive_min_timeout 1;\n }", true, false, false);
	says("http { server { location / { keepalive_min_timeout 10s; } } }", true, true, false);
	says("# configuration file /etc/a.conf:\nhttp { include b.conf; }\n"
	     "# configuration file /etc/b.conf:\nkeepalive_min_timeout 1m;\n",
	     true, true, false);
}

static void unbounded(const char *text, bool expected)
{
	struct config_scan s = scan(text);

	ok((s.unbounded_udp && !s.responses) == expected, text);
	config_scan_free(&s);
}

/* A session of UDP ends with the answer that is the last, or by its timeout. */
static void udp_sessions(void)
{
	unbounded("stream { server { listen 53 udp; proxy_pass b; } }", true);
	unbounded("stream { server { listen 53 udp; proxy_responses 1; } }", false);
	unbounded("stream { server { proxy_responses 1; listen 53 reuseport udp; } }", false);
	unbounded("stream { proxy_responses 1; server { listen 53 udp; } }", false);
	unbounded("stream { server { listen 53 udp; proxy_responses 1; }\n"
		  "server { listen 54 udp; } }",
		  true);
	unbounded("stream { server { listen 53; } }", false);
	unbounded("http { server { listen 443 quic; listen 443 ssl; } }", false);
	unbounded("stream { server { listen 53 udp; include answers.conf; } }", false);
}

int main(void)
{
	addresses();
	servers();
	of_http3();
	many_servers();
	hints();
	udp_sessions();
	return tap_end();
}
