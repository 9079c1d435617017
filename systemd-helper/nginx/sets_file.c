/* Reads and writes the file of the record of sets. */
#include <errno.h>
#include <stdlib.h>

#include "nginx/builds.h"
#include "nginx/install.h"
#include "nginx/place.h"
#include "nginx/record_file.h"
#include "nginx/sets.h"
#include "trust/path.h"

int sets_load(const struct builds *b, struct sets *ret, char *ret_path, struct distrust *why)
{
	struct record_buffer text;
	int r = record_load(b, "sets", SETS_TEXT_MAX, &text, ret_path, why);

	ret->count = 0;
	if (!r)
		r = sets_parse(text.text, text.length, ret);
	record_free(&text);
	return r;
}

int sets_store(const struct builds *b, const struct sets *s, struct install_error *err)
{
	char *text = malloc(SETS_TEXT_MAX);
	int r = -ENOMEM;

	if (text)
		r = record_store(b, "sets", 0644, text, sets_text(s, text), err);
	else
		(void)install_failed(err, "write the record of", b->target, r);
	free(text);
	return r;
}
