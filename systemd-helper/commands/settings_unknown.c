/* The message about an argument that is no option. On CentOS 6 it may be a part of a value: there
 * service(8) splits its arguments at each blank. */
#include "commands/settings.h"
#include "commands/settings_private.h"

int settings_unknown(struct settings_error *err, const char *argument)
{
	if (argument[0] == '-')
		return settings_fail(err, "unknown option %s", argument);
	return settings_fail(
		err,
		"unknown argument %s. (If it belongs to the value before it: write that without a blank, --drain-timeout=1h30min)",
		argument);
}
