/* Configurations: what is found does not depend on how the text is cut. */
#include "fuzz.h"
#include "nginx/config_scan.h"

static struct config_scan *scan(const char *text, size_t size, size_t piece)
{
	struct config_scan *s = malloc(sizeof(*s));
	size_t i;

	if (!s)
		abort();
	config_scan_init(s);
	for (i = 0; i < size; i += piece)
		PROMISE(config_scan_feed(s, text + i, size - i < piece ? size - i : piece) == 0);
	return s;
}

static int same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void free_scan(struct config_scan *s)
{
	config_scan_free(s);
	free(s);
}

/* The first byte is the size of the pieces. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_scan *whole, *pieces;
	char *text;

	if (!size)
		return 0;
	text = fuzz_string(data + 1, size - 1);
	whole = scan(text, size - 1, size);
	pieces = scan(text, size - 1, (size_t)data[0] + 1);
	PROMISE(same(whole->pid, pieces->pid) && same(whole->error_log, pieces->error_log));
	PROMISE(whole->daemon_off == pieces->daemon_off);
	PROMISE(whole->master_process_off == pieces->master_process_off);
	PROMISE(!whole->pid || (*whole->pid && strlen(whole->pid) < CONFIG_WORD_MAX));
	PROMISE(!whole->error_log || *whole->error_log);
	free_scan(whole);
	free_scan(pieces);
	free(text);
	return 0;
}
