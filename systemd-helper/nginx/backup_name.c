/* Which versions can be part of a file name. */
#include <ctype.h>
#include <string.h>

#include "nginx/backup.h"

bool backup_version_is_valid(const char *version)
{
	static const char valid[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._+-";
	size_t length = strlen(version);

	return length > 0 && length <= 64 && isalnum((unsigned char)version[0]) &&
	       strspn(version, valid) == length;
}
