/* What curl's exit code and its word about the answer mean. */
#include "nginx/http_curl.h"
#include "tap.h"

static void means(int exit_code, const char *text, enum http_outcome outcome, unsigned status)
{
	struct http_answer a;

	http_curl_answer(exit_code, text, &a);
	same_number(a.outcome, outcome, text);
	same_number(a.status, status, "its status");
}

int main(void)
{
	struct http_answer a;

	means(0, "200 0.012345", HTTP_ANSWERED, 200);
	means(18, "200 0.012345", HTTP_ANSWERED, 200);
	means(28, "200 0.5", HTTP_ANSWERED, 200);
	means(28, "000 0.000000", HTTP_SILENT, 0);
	means(7, "000 0.000000", HTTP_REFUSED, 0);
	means(35, "000 0.000000", HTTP_CLOSED, 0);
	means(52, "000 0.000000", HTTP_CLOSED, 0);
	means(56, "000 0.000000", HTTP_CLOSED, 0);
	means(51, "000 0.000000", HTTP_UNTRUSTED, 0);
	means(60, "000 0.000000", HTTP_UNTRUSTED, 0);
	means(2, "curl: option --haproxy-protocol: is unknown", HTTP_UNSPOKEN, 0);
	means(4, "", HTTP_UNSPOKEN, 0);
	means(1, "000 0.000000", HTTP_NO_HTTP, 0);
	means(8, "000 0.000000", HTTP_NO_HTTP, 0);
	means(0, "", HTTP_NO_HTTP, 0);
	means(0, "99999999999999999999 x", HTTP_NO_HTTP, 0);
	http_curl_answer(0, "204 1.500000", &a);
	same_number(a.took_us, 1500000, "its time");
	http_curl_answer(0, "204 1e300", &a);
	same_number(a.took_us, 0, "no time is as long");
	http_curl_answer(18, "200 0.1", &a);
	ok(a.cut, "it broke off");
	return tap_end();
}
