/* worker_shutdown_timeout, as a configuration says it. */
#include "nginx/config_scan.h"
#include "tap.h"

int main(void)
{
	static const struct {
		const char *text;
		long long us;
	} rows[] = {
		{"", 0},
		{"worker_shutdown_timeout 5s;", 5000000},
		{"worker_shutdown_timeout 300;", 300000000},
		{"worker_shutdown_timeout '1m 5s';", 65000000},
		{"worker_shutdown_timeout 500ms; worker_shutdown_timeout 1s;", 500000},
		{"worker_shutdown_timeout never;", 0},
		{"http { worker_shutdown_timeout 5s; }", 0},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config_scan s;

		config_scan_init(&s);
		must(config_scan_feed(&s, rows[i].text, strlen(rows[i].text)) == 0, "feed");
		same_number((long long)s.shutdown_us, rows[i].us, rows[i].text);
		config_scan_free(&s);
	}
	return tap_end();
}
