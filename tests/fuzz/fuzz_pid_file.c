/* Text of pid files: a pid is what it looks like, or none. */
#include "fuzz.h"
#include "nginx/pid_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1); /* no NUL behind it: a read too far is seen */
	pid_t pid;
	char again[16];

	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	pid = pid_file_parse(text, size);
	PROMISE(pid >= 0);
	if (pid) {
		size_t zeros = 0;
		int length = snprintf(again, sizeof(again), "%d", (int)pid);

		while (zeros < size && text[zeros] == '0')
			zeros++;
		PROMISE(size - zeros >= (size_t)length);
		PROMISE(memcmp(text + zeros, again, (size_t)length) == 0);
	}
	free(text);
	return 0;
}
