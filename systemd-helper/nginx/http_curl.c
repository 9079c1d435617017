/* Makes requests with curl, so that TLS need not be written here. Its exit code is the result. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "nginx/config_servers.h"
#include "nginx/http_curl.h"
#include "nginx/http_requests.h"
#include "os/clock.h"
#include "os/identity.h"
#include "os/socket_address.h"
#include "trust/account.h"
#include "trust/actor.h"
#include "trust/door.h"
#include "trust/path.h"
#include "trust/program.h"
#include "trust/subject.h"

#define CURL "/usr/bin/curl"
#define USER "nobody"

/* More time for curl than for the request: for its own start and for the rest of an answer. */
#define MORE_US  2000000u
#define GUARD_US 5000000u

enum curl_exit {
	CURL_OK = 0,
	CURL_NO_PROTOCOL = 1,
	CURL_NO_OPTION = 2,
	CURL_NO_URL = 3,
	CURL_NOT_BUILT_IN = 4,
	CURL_REFUSED = 7,
	CURL_PART = 18,
	CURL_TIME_OVER = 28,
	CURL_TLS = 35,
	CURL_NOT_ITS_NAME = 51, /* of the certificate; before 7.62 */
	CURL_EMPTY = 52,
	CURL_RESET = 56,
	CURL_CERTIFICATE = 60
};

bool http_curl_open(const struct subject *master, struct http_curl_tool *ret)
{
	static const struct believed root = {0, NO_USER, NO_GROUP};
	static const struct program none = PROGRAM_NONE;
	struct distrust why;

	ret->master = master;
	ret->program = none;
	ret->as_account = identity_user() == 0;
	if (ret->as_account && account_find(USER, &ret->account) < 0)
		return false;
	return program_at(&root, master->root, CURL, &ret->program, &why) == 0;
}

void http_curl_close(struct http_curl_tool *t)
{
	program_close(&t->program);
}

struct curl_words {
	char time[32];
	char resolve[CONFIG_NAME_MAX + HTTP_ADDRESS_MAX + 16];
	char url[CONFIG_NAME_MAX + 32];
	char *argv[32];
	size_t count;
};

static void add_word(struct curl_words *w, const char *text)
{
	w->argv[w->count++] = (char *)text;
}

/* --resolve maps the name to the address, whatever a resolver says. "*" is reached by the
 * loopback. */
static void add_address(struct curl_words *w, const struct http_request *r)
{
	const char *scheme = r->tls ? "https" : "http";
	const char *colon = strrchr(r->address, ':');
	int length = (int)(colon - r->address);
	const char *address = r->address;
	const char *path = socket_address_path(address);

	if (path) {
		add_word(w, "--unix-socket");
		add_word(w, path);
		(void)snprintf(w->url, sizeof(w->url), "%s://%s/", scheme, r->host);
		return;
	}
	if (*address == '[') {
		address++;
		length -= 2;
	}
	if ((length == 1 && *address == '*') || strncmp(r->address, "0.0.0.0:", 8) == 0) {
		address = "127.0.0.1";
		length = (int)strlen(address);
	} else if (length == 2 && strncmp(address, "::", 2) == 0) {
		address = "::1";
		length = (int)strlen(address);
	}
	(void)snprintf(w->resolve, sizeof(w->resolve), "%s%s:%.*s", r->host, colon, length,
		       address);
	(void)snprintf(w->url, sizeof(w->url), "%s://%s%s/", scheme, r->host, colon);
	add_word(w, "--resolve");
	add_word(w, w->resolve);
}

static void build_command_line(struct curl_words *w, const struct http_request *r,
			       uint64_t limit_us)
{
	memset(w, 0, sizeof(*w));
	/* -q: no file of settings. Before 7.32 curl takes whole seconds only. */
	add_word(w, "curl");
	add_word(w, "-q");
	add_word(w, "--silent");
	add_word(w, "--noproxy");
	add_word(w, "*");
	add_word(w, "--user-agent");
	add_word(w, "nginx-handover");
	add_word(w, "--output");
	add_word(w, "/dev/null");
	add_word(w, "--write-out");
	add_word(w, "%{http_code} %{time_starttransfer}");
	(void)snprintf(w->time, sizeof(w->time), "%u",
		       (unsigned)((limit_us + 999999) / 1000000 + 1));
	add_word(w, "--max-time");
	add_word(w, w->time);
	if (r->tls && !r->strict)
		add_word(w, "--insecure");
	if (!r->tls && r->http2)
		add_word(w, "--http2-prior-knowledge");
	if (r->proxy_protocol)
		add_word(w, "--haproxy-protocol");
	add_address(w, r);
	add_word(w, w->url);
}

int http_curl_begin(struct http_curl *c, const struct http_curl_tool *t,
		    const struct http_request *r, uint64_t limit_us, struct http_answer *ret)
{
	static const char *const variables[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
						NULL};
	struct curl_words w;
	struct door_spec spec = {.program = &t->program,
				 .actor = &c->actor,
				 .argv = w.argv,
				 .one_stream = true,
				 .guard_us = limit_us + MORE_US + GUARD_US,
				 .wake_fd = -1};
	int error;

	memset(c, 0, sizeof(*c));
	memset(ret, 0, sizeof(*ret));
	ret->outcome = HTTP_UNSPOKEN;
	if (t->program.fd < 0)
		return -ENOENT;
	build_command_line(&w, r, limit_us);
	error = actor_at(t->master, t->as_account ? &t->account : NULL, variables, &c->actor);
	if (error < 0)
		return error;
	c->began_us = clock_us();
	c->limit_us = limit_us;
	error = door_start(&spec, &c->running);
	if (error < 0)
		actor_free(&c->actor);
	return error;
}

/* text: "200 0.012345"; "000" if there was no answer. */
void http_curl_answer(int exit_code, const char *text, struct http_answer *ret)
{
	char *end;
	unsigned long status = strtoul(text, &end, 10);
	double seconds = *end == ' ' ? strtod(end, NULL) : 0;

	memset(ret, 0, sizeof(*ret));
	ret->status = status >= 100 && status <= 999 ? (unsigned)status : 0;
	ret->took_us = seconds > 0 && seconds < 1000 ? (uint64_t)(seconds * 1e6) : 0;
	ret->outcome = HTTP_NO_HTTP;
	switch (exit_code) {
	case CURL_NO_PROTOCOL:
		/* Also HTTP/0.9, for which curl takes an answer of another protocol. */
		break;
	case CURL_NO_OPTION:
	case CURL_NO_URL:
	case CURL_NOT_BUILT_IN: ret->outcome = HTTP_UNSPOKEN; return;
	case CURL_REFUSED: ret->outcome = HTTP_REFUSED; return;
	case CURL_TLS:
	case CURL_EMPTY:
	case CURL_RESET: ret->outcome = HTTP_CLOSED; break;
	case CURL_TIME_OVER: ret->outcome = HTTP_SILENT; break;
	case CURL_NOT_ITS_NAME:
	case CURL_CERTIFICATE: ret->outcome = HTTP_UNTRUSTED; return;
	case CURL_PART: ret->cut = true; break;
	default: break;
	}
	if (ret->status)
		ret->outcome = HTTP_ANSWERED;
}

bool http_curl_step(struct http_curl *c, struct http_answer *ret)
{
	int r = door_look(&c->running, &c->result);
	uint64_t took_us = clock_us() - c->began_us;

	memset(ret, 0, sizeof(*ret));
	if (r == 1 && took_us < c->limit_us + MORE_US)
		return false;
	if (r == 0 && WIFEXITED(c->result.status))
		http_curl_answer(WEXITSTATUS(c->result.status), c->result.text, ret);
	else
		ret->outcome = r == 1 ? HTTP_SILENT : HTTP_UNSPOKEN;
	if (ret->outcome == HTTP_SILENT)
		ret->took_us = took_us;
	return true;
}

void http_curl_end(struct http_curl *c)
{
	door_abandon(&c->running);
	actor_free(&c->actor);
}
