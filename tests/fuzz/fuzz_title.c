/* Process titles: what is read back lies in its buffer, and only a master has arguments. */
#include "fuzz.h"
#include "nginx/title.h"

static void within(const struct title_arguments *a, const char *p)
{
	PROMISE(!p || (p >= a->buf && p < a->buf + sizeof(a->buf) &&
		       memchr(p, '\0', (size_t)(a->buf + sizeof(a->buf) - p)) && *p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *title = fuzz_string(data, size);
	struct title_arguments *a = malloc(sizeof(*a));

	if (!a)
		abort();
	if (title_parse(title, a) == 0) {
		PROMISE(title_classify(title) == TITLE_MASTER);
		PROMISE(a->argv0 == a->buf && (*a->argv0 || a->cut));
		PROMISE(a->flavour && (a->flavour->numbered || !a->cut));
		within(a, a->conf);
		within(a, a->prefix);
		within(a, a->directives);
		within(a, a->error_log);
	}
	free(a);
	free(title);
	return 0;
}
