/* The unit that a cgroup belongs to, on cgroup v1 and v2, in containers, and from bad input. */
#include "init/unit.h"
#include "tap.h"

#define INIT_V2 "0::/init.scope\n"
#define INIT_V1 "3:cpu,cpuacct:/\n1:name=systemd:/init.scope\n0::/init.scope\n"

static const struct row {
	const char *text;
	const char *init;
	enum unit_kind kind;
	const char *name;
} rows[] = {
	{"0::/system.slice/nginx.service\n", INIT_V2, UNIT_SERVICE, "nginx.service"},
	{"0::/system.slice/system-nginx.slice/nginx@blue.service\n", INIT_V2, UNIT_SERVICE,
	 "nginx@blue.service"},
	{"0::/system.slice/nginx.service/sub/group\n", INIT_V2, UNIT_SERVICE, "nginx.service"},
	{"0::/system.slice/_cgroup.service\n", INIT_V2, UNIT_SERVICE, "cgroup.service"},
	{"0::/user.slice/user-0.slice/session-1.scope\n", INIT_V2, UNIT_OTHER, "session-1.scope"},
	{"0::/init.scope\n", INIT_V2, UNIT_OTHER, "init.scope"},
	{"0::/user.slice/user-1000.slice/user@1000.service/app.slice/nginx.service\n", INIT_V2,
	 UNIT_OF_USER, "user@1000.service"},
	{"0::/user.slice/user-1000.slice/user@1000.service\n", INIT_V2, UNIT_SERVICE,
	 "user@1000.service"},
	{"0::/\n", INIT_V2, UNIT_NONE, ""},
	{"0::/../..\n", INIT_V2, UNIT_NONE, ""},
	{"", INIT_V2, UNIT_NONE, ""},
	{"0::", INIT_V2, UNIT_NONE, ""},
	{"0::/system.slice", INIT_V2, UNIT_NONE, ""},
	{"0::/system.slice/.service\n", INIT_V2, UNIT_NONE, ""},
	{"0::/system.slice/a\xff.service\n", INIT_V2, UNIT_NONE, ""},
	{"0::/system.slice/a b.service\n", INIT_V2, UNIT_NONE, ""},
	{"0::/lxc/box\n", INIT_V2, UNIT_NONE, ""},
	/* v1: a control process of 219 is in a group of its own */
	{"4:cpu:/system.slice/a.service\n1:name=systemd:/system.slice/nginx.service/control\n",
	 "4:cpu:/\n1:name=systemd:/\n", UNIT_SERVICE, "nginx.service"},
	{"12:name=systemd:/system.slice/nginx.service\n0::/system.slice/b.service\n", INIT_V1,
	 UNIT_SERVICE, "nginx.service"},
	/* a container on v2, on a host with v1: what v1 says is the host's */
	{"1:name=systemd:/\n0::/system.slice/nginx.service\n", "1:name=systemd:/\n" INIT_V2,
	 UNIT_SERVICE, "nginx.service"},
	/* a container without a cgroup namespace: pid 1 tells where it begins */
	{"1:name=systemd:/machine.slice/box.scope/system.slice/nginx.service\n",
	 "1:name=systemd:/machine.slice/box.scope/init.scope\n", UNIT_SERVICE, "nginx.service"},
	{"1:name=systemd:/lxc/box/system.slice/nginx.service\n", "1:name=systemd:/lxc/box\n",
	 UNIT_SERVICE, "nginx.service"},
	{"1:name=systemd:/machine.slice/box.scope/system.slice/nginx.service\n", "", UNIT_OTHER,
	 "box.scope"},
};

static void long_names(void)
{
	char name[UNIT_NAME_SIZE];
	char text[600] = "0::/system.slice/";
	size_t n = strlen(text);

	memset(text + n, 'n', 255 - 8);
	strcpy(text + n + 255 - 8, ".service\n");
	same_number(unit_of_cgroup(text, INIT_V2, name), UNIT_SERVICE, "255 bytes");
	same_number((long long)strlen(name), 255, "all of them");
	memset(text + n, 'n', 256 - 8);
	strcpy(text + n + 256 - 8, ".service\n");
	same_number(unit_of_cgroup(text, INIT_V2, name), UNIT_NONE, "256 bytes");
	same_text(name, "", "no name");
}

static void objects(void)
{
	char path[128];

	same_number(unit_object_path("nginx.service", path, sizeof(path)), 0, "an object");
	same_text(path, "/org/freedesktop/systemd1/unit/nginx_2eservice", "nginx.service");
	(void)unit_object_path("9a@b-c\xc3.service", path, sizeof(path));
	same_text(path, "/org/freedesktop/systemd1/unit/_39a_40b_2dc_c3_2eservice", "escapes");
	same_number(unit_object_path("nginx.service", path, 40), -ENAMETOOLONG, "too long");
}

int main(void)
{
	char name[UNIT_NAME_SIZE];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		same_number(unit_of_cgroup(rows[i].text, rows[i].init, name), rows[i].kind,
			    rows[i].text);
		same_text(name, rows[i].name, rows[i].text);
	}
	long_names();
	objects();
	return tap_end();
}
