/* What the table of faults says. */
#include <stddef.h>

#include "core/fault.h"

enum { TIME = 1, BINARY = 2 };

#define FAULT_ROW(name, traits, text, advice) {text, advice, traits},
static const struct {
	const char *text;
	const char *advice;
	unsigned traits;
} rows[] = {FAULTS(FAULT_ROW)};

const char *fault_text(enum fault fault)
{
	return rows[fault].text;
}

const char *fault_advice(enum fault fault)
{
	return rows[fault].advice;
}

bool fault_is_of_time(enum fault fault)
{
	return rows[fault].traits & TIME;
}

bool fault_is_of_binary(enum fault fault)
{
	return rows[fault].traits & BINARY;
}
