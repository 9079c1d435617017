/* Durations: within their limit, and two in a row are their sum. */
#include "fuzz.h"
#include "os/duration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	char *twice = malloc(2 * size + 2);
	char shown[32];
	uint64_t us, sum;

	if (!twice)
		abort();
	if (duration_parse(text, &us) == 0) {
		PROMISE(us <= DURATION_INFINITY);
		PROMISE(*duration_text(us, shown, sizeof(shown)));
		PROMISE(strlen(shown) + 1 < sizeof(shown));
		(void)sprintf(twice, "%s %s", text, text);
		if (duration_parse(twice, &sum) == 0)
			PROMISE(us < DURATION_INFINITY && sum == 2 * us);
		else
			PROMISE(2 * us >= DURATION_INFINITY);
	}
	free(twice);
	free(text);
	return 0;
}
