/* Which service a control group is that of, in the words of OpenRC. */
#include "init/openrc.h"
#include "tap.h"

static const char *name_in(const char *line)
{
	static char name[OPENRC_NAME_SIZE];

	return openrc_name_in_cgroup(line, name) ? name : "none";
}

int main(void)
{
	char line[256] = "0::/";

	same_text(name_in("0::/nginx"), "nginx", "version 2");
	same_text(name_in("0::/openrc.nginx"), "nginx", "version 2, newer");
	same_text(name_in("0::/lxc/box/openrc.nginx-blue"), "nginx-blue", "below another");
	same_text(name_in("1:name=openrc:/nginx"), "nginx", "version 1");
	same_text(name_in("5:cpu,cpuacct:/nginx"), "none", "not OpenRC's hierarchy");
	same_text(name_in("1:name=systemd:/nginx"), "none", "nor that");
	same_text(name_in("0::/"), "none", "the root of all");
	same_text(name_in("0::/openrc."), "none", "no name");
	same_text(name_in("nonsense"), "none", "no line of the file");
	memset(line + 4, 'n', sizeof(line) - 5);
	same_text(name_in(line), "none", "too long for a service");
	return tap_end();
}
