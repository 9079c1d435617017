/* Which requests a configuration is asked with. */
#include "nginx/config_scan.h"
#include "nginx/http_requests.h"
#include "tap.h"

static struct http_requests all;

static void read_config(const char *text, bool as_root)
{
	static struct config_scan s;

	config_scan_init(&s);
	must(config_scan_feed(&s, text, strlen(text)) == 0, "config_scan_feed");
	http_requests_of(&s.servers, as_root, &all);
	config_scan_free(&s);
}

static void asks(const char *text, const char *want)
{
	static char told[4096];
	unsigned i;
	size_t n = 0;

	read_config(text, true);
	told[0] = '\0';
	for (i = 0; i < all.count; i++) {
		const struct http_request *r = &all.list[i];

		n += (size_t)snprintf(told + n, sizeof(told) - n, "%s%s@%s%s%s%s", i ? " " : "",
				      r->host, r->address, r->tls ? "+tls" : "",
				      r->http2 ? "+http2" : "", r->proxy_protocol ? "+proxy" : "");
	}
	same_text(told, want, text);
}

static void names(void)
{
	asks("", "");
	asks("http { server { listen 80; server_name a.example b.example; } }",
	     "a.example@*:80 b.example@*:80");
	asks("http { server { listen 80; } server { listen 80; server_name b; } }",
	     "localhost@*:80 b@*:80");
	asks("http { server { listen 80; server_name b; } server { listen 80; } }", "b@*:80");
	same_number(all.nameless, 1, "one that no name reaches");
	asks("http { server { server_name b; listen 80; } server { listen 80 default_server; "
	     "server_name _; } }",
	     "localhost@*:80 b@*:80");
	same_number(all.nameless, 0, "all are reached");
	asks("http { server { listen 1; server_name *.a.example .b.example mail.* ~^x$ '' $hostname; } }",
	     "www.a.example@*:1 b.example@*:1");
	asks("http { server { listen 1; server_name ~^x$; } }", "localhost@*:1");
	asks("http { server { listen 1; server_name a a A b/c 'd e'; } }", "a@*:1 A@*:1");
}

static void addresses(void)
{
	asks("http { server { listen 80; listen 127.0.0.1:81; listen unix:/run/x-1; "
	     "server_name a b; } }",
	     "a@*:80 a@127.0.0.1:81 a@unix:/run/x-1 b@*:80 b@127.0.0.1:81 b@unix:/run/x-1");
	asks("http { server { server_name a; } }", "a@*:80");
	asks("http { server { listen 8000-8002; } }",
	     "localhost@*:8000 localhost@*:8001 localhost@*:8002");
	asks("http { server { listen 443 quic; } }", "");
	/* How one server listens is so for all. */
	asks("http { server { listen 443 ssl http2; server_name a; } server { listen 443; "
	     "server_name b; } server { listen 80 proxy_protocol; server_name c; } }",
	     "a@*:443+tls+http2 c@*:80+proxy b@*:443+tls+http2");
	asks("http { server { listen 1; ssl on; } }", "localhost@*:1+tls");
	asks("http { server { listen 8000-8001 ssl; } }",
	     "localhost@*:8000+tls localhost@*:8001+tls");
	read_config("http { server { } }", false);
	same_text(all.list[0].address, "*:8000", "an ordinary user's");
}

static void many(void)
{
	static char text[16384];
	size_t n = (size_t)snprintf(text, sizeof(text), "http { server { listen 80; server_name");
	int i;

	for (i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " name%d", i);
	(void)snprintf(text + n, sizeof(text) - n, "; } server { listen 81; } }");
	read_config(text, true);
	same_number(all.count, HTTP_REQUESTS_MAX, "no more than that");
	same_number(all.left_out, 37, "the others are counted");
	same_text(all.list[1].address, "*:81", "each address comes before a second name");
}

int main(void)
{
	names();
	addresses();
	many();
	return tap_end();
}
