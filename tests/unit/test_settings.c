/* Settings: what their lines, options and variables say, and who wins. */
#include <errno.h>
#include <pwd.h>

#include "commands/settings.h"
#include "folder.h"
#include "os/duration.h"
#include "trust/path.h"

static int read_settings(struct settings *s, const char *path, const char **ret_error)
{
	/* What is read lasts for the whole run: LeakSanitizer must see that it is still there. */
	static struct settings kept[64];
	static size_t count;
	static struct settings_error err;
	int r;

	err.text[0] = '\0';
	s->settings = path;
	r = settings_file(s, &err);
	must(count < sizeof(kept) / sizeof(kept[0]), "room for settings");
	kept[count++] = *s;
	*ret_error = err.text;
	return r;
}

/* Reads a file of this text; wants no error. */
static struct settings read_text(const char *text, const char *name)
{
	struct settings s;
	const char *error;

	settings_defaults(&s);
	same_number(read_settings(&s, folder_file("settings", text, strlen(text), 0644), &error), 0,
		    name);
	same_text(error, "", name);
	return s;
}

static void good_files(void)
{
	struct settings s = read_text("", "an empty file");

	same_text(s.pid_file, NULL, "nothing is set");
	same_number((long long)s.drain_timeout_us, 60 * (long long)USEC_PER_SEC, "a default");
	same_text(s.drain_expired, "leave", "a default");
	same_text(s.reload_upgrades, "binary", "a default");

	s = read_text("# ours\nPID_FILE=/run/x.pid\nDRAIN_TIMEOUT='5min'\n"
		      "DRAIN_EXPIRED=term # remark\r\nRELOAD_UPGRADES=all\n"
		      "NGINX=\"/opt/my nginx\"\nSETTLE=250ms",
		      "a file of ours");
	same_text(s.pid_file, "/run/x.pid", "PID_FILE");
	same_text(s.drain_expired, "term", "DRAIN_EXPIRED");
	same_text(s.reload_upgrades, "all", "RELOAD_UPGRADES");
	same_text(s.nginx, "/opt/my nginx", "NGINX");
	same_number((long long)s.drain_timeout_us, 300 * (long long)USEC_PER_SEC, "DRAIN_TIMEOUT");
	same_number((long long)s.settle_us, 250000, "SETTLE, without a newline behind");

	s = read_text("ulimit -n 4096\nDAEMON_OPTS=\"-c $CONF\"\nif true; then\n"
		      "  CONF=/etc/x.conf\nfi\nBINARY=/evil\nJSON=1\npid_file=/no\n",
		      "a shell's file");
	same_text(s.conf, "/etc/x.conf", "ours among others");
	same_text(s.binary, NULL, "what has no place in a file");
	ok(!s.json, "nor has that");
	same_text(s.pid_file, NULL, "names are in capitals");
}

static void refuses(const char *text, const char *words)
{
	struct settings s;
	const char *error;

	settings_defaults(&s);
	same_number(read_settings(&s, folder_file("settings", text, strlen(text), 0644), &error),
		    -EINVAL, text);
	ok(strstr(error, words) != NULL, words);
	ok(strstr(error, folder) != NULL, "which file it is");
}

static void bad_values(void)
{
	refuses("PID_FILE=run/x.pid\n", "absolute");
	refuses("PID_FILE=\n", "absolute");
	refuses("CONF=/etc/$NAME.conf\n", "expanded");
	refuses("DRAIN_TIMEOUT=soon\n", "not a time");
	refuses("DRAIN_TIMEOUT=\n", "not a time");
	refuses("DRAIN_EXPIRED=kill\n", "leave or term");
	refuses("DRAIN_EXPIRED=leave|term\n", "leave or term");
	refuses("DRAIN_EXPIRED=\n", "leave or term");
	refuses("RELOAD_UPGRADES=al\n", "must be binary or all or no");
	refuses("RELOAD_UPGRADES=not\n", "must be binary or all or no");
	refuses("RELOAD_UPGRADES=l\n", "must be binary or all or no");
	refuses("\n\nSETTLE=-1\n", "not a time");
	refuses("OTHER='\n\nPID_FILE=\"/run/x.pid\n", "line 3, PID_FILE=, has a quote");
}

/* A line longer than the buffer is one line: its middle is not the beginning of another. */
static void long_line_in_a_file(void)
{
	char text[8192];
	struct settings s;
	size_t at;

	for (at = 4090; at < 4100; at++) {
		memset(text, 'x', sizeof(text));
		text[0] = '#';
		(void)strcpy(text + at, "CONF=/remark\nPID_FILE=/run/x.pid\n");
		s = read_text(text, "a long remark");
		same_text(s.conf, NULL, "what a remark says");
		same_text(s.pid_file, "/run/x.pid", "the line behind it");
	}
	memset(text, '/', sizeof(text));
	memcpy(text, "\nOURS=", 6);
	text[sizeof(text) - 1] = '\0';
	s = read_text(text, "a long value of others");
	memcpy(text, "\nCONF=", 6);
	refuses(text, "line 2, CONF=, is longer than 4095 bytes");
	memset(text, ' ', sizeof(text));
	(void)strcpy(text + 5000, "PID_FILE=/run/x.pid\n");
	s = read_text(text, "many blanks");
	same_text(s.pid_file, "/run/x.pid", "the name behind them");
}

static void refuses_nul(const char *text, size_t length, const char *words)
{
	struct settings s;
	const char *error;

	settings_defaults(&s);
	same_number(read_settings(&s, folder_file("settings", text, length, 0644), &error), -EINVAL,
		    words);
	ok(strstr(error, words) != NULL, words);
}

/* It would hide a setting from us that a shell sees. */
static void nul_in_a_file(void)
{
	static const char value[] = "CONF=/a\nPID_FILE=/run/x\0.pid\n";
	static const char name[] = "\0PID_FILE=/run/x.pid\n";
	static const char wide[] = "P\0I\0D\0_\0F\0I\0L\0E\0=\0/\0x\0\n";

	refuses_nul(value, sizeof(value) - 1, "line 2, PID_FILE=, holds a NUL");
	refuses_nul(name, sizeof(name) - 1, "line 1, PID_FILE=, holds a NUL");
	refuses_nul(wide, sizeof(wide) - 1, "line 1, PID_FILE=, holds a NUL");
}

static void in_environment(const char *name, const char *value)
{
	must((value ? setenv(name, value, 1) : unsetenv(name)) == 0, name);
}

static void who_wins(void)
{
	static char option[] = "--pid-file=/option";
	static char *const argv[] = {option, NULL};
	struct settings s;
	struct settings_error err;
	const char *error;
	static const char text[] = "PID_FILE=/file\nCONF=/file\nNGINX=/file\nSETTLE=9s\n";

	settings_defaults(&s);
	in_environment("NGINX_HANDOVER_PID_FILE", "/environment");
	in_environment("NGINX_HANDOVER_CONF", "/environment");
	in_environment("NGINX_HANDOVER_BINARY", "/environment");
	same_number(settings_command_line(&s, VERB_STATUS, 1, argv, &err), 0, "command line");
	same_number(settings_environment(&s, &err), 0, "environment");
	same_number(
		read_settings(&s, folder_file("settings", text, sizeof(text) - 1, 0644), &error), 0,
		"file");
	same_text(s.pid_file, "/option", "the option before all");
	same_text(s.conf, "/environment", "the environment before the file");
	same_text(s.nginx, "/file", "the file, where nothing else says it");
	same_text(s.binary, NULL, "an option that has no place in the environment");
	same_number((long long)s.settle_us, 9 * (long long)USEC_PER_SEC,
		    "the file before defaults");
	in_environment("NGINX_HANDOVER_PID_FILE", NULL);
	in_environment("NGINX_HANDOVER_CONF", NULL);
	in_environment("NGINX_HANDOVER_BINARY", NULL);
}

/* Variables of other programs have such names, too. */
static void plain_names(void)
{
	static const char *const names[] = {"PID_FILE",          "NGINX",           "CONF",
					    "START_TIMEOUT",     "SETTLE",          "DRAIN_TIMEOUT",
					    "DRAIN_EXPIRED",     "RELOAD_UPGRADES", "INIT",
					    "ON_PACKAGE_UPDATE", "TRUST_USER",      "SETTINGS",
					    "ON_PACKAGE_FAILURE"};
	struct settings s, untouched;
	struct settings_error err;
	size_t i;

	settings_defaults(&untouched);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		settings_defaults(&s);
		in_environment(names[i], "/sbin/init");
		same_number(settings_environment(&s, &err), 0, names[i]);
		ok(memcmp(&s, &untouched, sizeof(s)) == 0, "it changes nothing");
		in_environment(names[i], NULL);
	}
}

static void environment_refuses(const char *name, const char *value, const char *words)
{
	struct settings s;
	struct settings_error err = {EXIT_FAILED, ""};

	settings_defaults(&s);
	in_environment(name, value);
	same_number(settings_environment(&s, &err), -EINVAL, name);
	same_number(err.exit_code, 2, "a mistake");
	ok(strstr(err.text, words) != NULL, words);
	ok(strstr(err.text, name) != NULL, "which variable it is");
	in_environment(name, NULL);
}

static void bad_environment(void)
{
	environment_refuses("NGINX_HANDOVER_NGINX", "6;7;", "absolute");
	environment_refuses("NGINX_HANDOVER_CONF", "etc/x.conf", "absolute");
	environment_refuses("NGINX_HANDOVER_PID_FILE", "", "absolute");
	environment_refuses("NGINX_HANDOVER_SETTLE", "soon", "not a time");
	environment_refuses("NGINX_HANDOVER_INIT", "/sbin/init", "must be auto or systemd");
}

/* What --trust-user NAME makes of it; false: an error. */
static bool trusts(const char *name, uid_t uid, gid_t gid)
{
	char *const argv[] = {(char *)"--trust-user", (char *)name, NULL};
	struct settings s;
	struct settings_error err = {EXIT_FAILED, ""};
	bool good;

	settings_defaults(&s);
	good = settings_command_line(&s, VERB_STATUS, 2, argv, &err) == 0;
	same_text(s.trust_user, good ? name : NULL, name);
	same_number(s.trust_uid, uid, "its number");
	same_number(s.trust_gid, gid, "its group");
	ok(good || (err.exit_code == 2 && strstr(err.text, "What to do: ")), "says what to do");
	return good;
}

static void trust_users(void)
{
	const struct passwd *account = getpwnam("nobody");
	struct settings s;
	uid_t uid;
	gid_t gid;

	must(account != NULL, "the account nobody");
	uid = account->pw_uid;
	gid = account->pw_gid;
	settings_defaults(&s);
	same_number(s.trust_uid, NO_USER, "nobody beside root unless said");
	same_number(s.trust_gid, NO_GROUP, "nor a group");
	ok(trusts("nobody", uid, gid), "by name");
	ok(trusts("65534", 65534, gid), "by number");
	ok(trusts("3999999999", 3999999999u, NO_GROUP), "a number without an account");
	ok(trusts("root", NO_USER, NO_GROUP), "root means nothing more");
	ok(trusts("0", NO_USER, NO_GROUP), "nor does its number");
	ok(!trusts("no-such-user", NO_USER, NO_GROUP), "no such user");
	ok(!trusts("", NO_USER, NO_GROUP), "no name");
	ok(!trusts("4294967295", NO_USER, NO_GROUP), "the number of nobody at all");
	ok(!trusts("4294967296", NO_USER, NO_GROUP), "which is not that of root");
	ok(!trusts("-1", NO_USER, NO_GROUP), "below all numbers");
	ok(!trusts("99999999999999999999", NO_USER, NO_GROUP), "above all numbers");
	s = read_text("TRUST_USER=nobody\n", "in a file");
	same_text(s.trust_user, "nobody", "TRUST_USER");
	same_number(s.trust_uid, uid, "its number");
	same_number(s.trust_gid, gid, "its group");
	in_environment("NGINX_HANDOVER_TRUST_USER", "nobody");
	same_number(settings_environment(&s, NULL), 0, "the file has said it already");
	in_environment("NGINX_HANDOVER_TRUST_USER", NULL);
	environment_refuses("NGINX_HANDOVER_TRUST_USER", "no-such-user", "What to do: ");
	refuses("TRUST_USER=no-such-user\n", "What to do: ");
}

static void service(const char *name, bool good)
{
	char *const argv[] = {(char *)"--service", (char *)name, NULL};
	struct settings s;
	struct settings_error err = {EXIT_FAILED, ""};

	settings_defaults(&s);
	same_number(settings_command_line(&s, VERB_STATUS, 2, argv, &err), good ? 0 : -EINVAL,
		    name);
	same_text(s.service, good ? name : NULL, name);
	ok(good || strstr(err.text, "not the name of a service"), name);
}

/* They become a part of paths. */
static void services(void)
{
	char name[66];

	service("nginx", true);
	service("nginx-blue", true);
	service("n_1.2@x+y", true);
	service("", false);
	service("..", false);
	service(".hidden", false);
	service("-n", false);
	service("a/b", false);
	service("../init", false);
	service("a b", false);
	service("a\nb", false);
	service("n\303\244me", false);
	memset(name, 'n', sizeof(name));
	name[65] = '\0';
	service(name, false);
	name[64] = '\0';
	service(name, true);
}

/* An instance without settings would be about whatever nginx is found. */
static void instances(void)
{
	static const char text[] = "CONF=/etc/x.conf\n";
	struct settings_error err = {EXIT_FAILED, ""};
	static struct settings s; /* what it holds is still there for LeakSanitizer */

	settings_defaults(&s);
	s.service = "nginx-of-a-test";
	same_number(settings_file(&s, &err), -EINVAL, "no file");
	same_number(err.exit_code, 6, "not configured");
	ok(strstr(err.text, "/etc/sysconfig/nginx-of-a-test") != NULL, "which file");
	settings_defaults(&s);
	s.service = "nginx-of-a-test";
	s.settings = folder_file("settings", text, sizeof(text) - 1, 0644);
	same_number(settings_file(&s, &err), -EINVAL, "no pid file in it");
	same_number(err.exit_code, 6, "not configured either");
	ok(strstr(err.text, "PID_FILE=") != NULL, "what it lacks");
}

int main(void)
{
	folder_open();
	good_files();
	bad_values();
	long_line_in_a_file();
	nul_in_a_file();
	who_wins();
	plain_names();
	bad_environment();
	trust_users();
	services();
	instances();
	folder_close();
	return tap_end();
}
