/* Settings files: which are believed, and who wins. */
#include "commands/settings.h"
#include "folder.h"
#include "os/duration.h"

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
		    -1, text);
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
	memcpy(text, "CONF=", 5);
	text[sizeof(text) - 1] = '\0';
	s = read_text(text, "a long value");
	same_text(s.conf, NULL, "is not cut");
}

static void refuses_path(const char *path, const char *words)
{
	struct settings s;
	const char *error;

	settings_defaults(&s);
	same_number(read_settings(&s, path, &error), -1, words);
	ok(strstr(error, words) != NULL, words);
	same_text(s.pid_file, NULL, "and nothing is read");
}

static void bad_files(void)
{
	static const char text[] = "PID_FILE=/run/x.pid\n";
	const char *path;

	refuses_path(folder_path("none"), "No such file");
	must(mkdir(folder_path("dir"), 0755) == 0, "mkdir");
	refuses_path(folder_path("dir"), "not a regular file");
	must(mkfifo(folder_path("fifo"), 0644) == 0, "mkfifo");
	refuses_path(folder_path("fifo"), "not a regular file");
	refuses_path(folder_file("open", text, sizeof(text) - 1, 0646), "0646");
	if (geteuid() != 0)
		return;
	path = folder_file("theirs", text, sizeof(text) - 1, 0644);
	must(chown(path, 65534, 65534) == 0, "chown");
	refuses_path(path, "uid 65534");
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
	must(setenv("PID_FILE", "/environment", 1) == 0, "setenv");
	must(setenv("CONF", "/environment", 1) == 0, "setenv");
	must(setenv("NGINX", "6;7;", 1) == 0, "setenv");
	must(unsetenv("SETTLE") == 0, "unsetenv");
	same_number(settings_command_line(&s, VERB_STATUS, 1, argv, &err), 0, "command line");
	same_number(settings_environment(&s, &err), 0, "environment");
	same_number(
		read_settings(&s, folder_file("settings", text, sizeof(text) - 1, 0644), &error), 0,
		"file");
	same_text(s.pid_file, "/option", "the option before all");
	same_text(s.conf, "/environment", "the environment before the file");
	same_text(s.nginx, "/file", "nginx's list of sockets is not ours");
	same_number((long long)s.settle_us, 9 * (long long)USEC_PER_SEC,
		    "the file before defaults");
}

static void service(const char *name, bool good)
{
	char *const argv[] = {(char *)"--service", (char *)name, NULL};
	struct settings s;
	struct settings_error err = {0, ""};

	settings_defaults(&s);
	same_number(settings_command_line(&s, VERB_STATUS, 2, argv, &err), good ? 0 : -1, name);
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
	struct settings_error err = {0, ""};
	struct settings s;

	settings_defaults(&s);
	s.service = "nginx-of-a-test";
	same_number(settings_file(&s, &err), -1, "no file");
	same_number(err.exit_code, 6, "not configured");
	ok(strstr(err.text, "/etc/sysconfig/nginx-of-a-test") != NULL, "which file");
	settings_defaults(&s);
	s.service = "nginx-of-a-test";
	s.settings = folder_file("settings", text, sizeof(text) - 1, 0644);
	same_number(settings_file(&s, &err), -1, "no pid file in it");
	same_number(err.exit_code, 6, "not configured either");
	ok(strstr(err.text, "PID_FILE=") != NULL, "what it lacks");
}

int main(void)
{
	folder_open();
	good_files();
	bad_values();
	long_line_in_a_file();
	bad_files();
	who_wins();
	services();
	instances();
	folder_close();
	return tap_end();
}
