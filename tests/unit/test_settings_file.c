/* Settings files: which are believed. */
#include "commands/settings.h"
#include "folder.h"

static int read_settings(struct settings *s, const char *path, const char **ret_error)
{
	/* What is read lasts for the whole run: LeakSanitizer must see that it is still there. */
	static struct settings kept[128];
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

static void refuses_path(const char *path, const char *words)
{
	struct settings s;
	const char *error;

	settings_defaults(&s);
	ok(read_settings(&s, path, &error) < 0, words);
	ok(strstr(error, words) != NULL, words);
	same_text(s.pid_file, NULL, "and nothing is read");
}

static void bad_files(void)
{
	static const char text[] = "PID_FILE=/run/x.pid\n";

	refuses_path(folder_path("none"), "No such file");
	refuses_path("none", "No such file");
	must(mkdir(folder_path("dir"), 0755) == 0, "mkdir");
	refuses_path(folder_path("dir"), "not a regular file");
	must(mkfifo(folder_path("fifo"), 0644) == 0, "mkfifo");
	refuses_path(folder_path("fifo"), "nor a regular file");
	refuses_path(folder_file("open", text, sizeof(text) - 1, 0646), "0646");
}

/*
 * Refused with a command that mends it. Once what the messages say has been done (a folder may come
 * after a file), the file is read.
 */
static void refused_and_mended(const char *path, const char *words)
{
	static const char doing[] = "What to do: ";
	struct settings s;
	const char *error, *command;
	int rounds;

	refuses_path(path, words);
	refuses_path(path, "so it is not read. What to do: ch");
	for (rounds = 0; rounds < 5; rounds++) {
		settings_defaults(&s);
		if (read_settings(&s, path, &error) == 0)
			break;
		command = strstr(error, doing);
		must(command && system(command + strlen(doing)) == 0, error);
	}
	same_text(s.pid_file, "/run/x.pid", "what was advised helps");
}

/* A folder in a folder, with a settings file in it that is given to that owner. */
static const char *nested(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	static const char text[] = "TRUST_USER=65534\nPID_FILE=/run/x.pid\n";
	static char path[PATH_MAX];
	char in[64];

	must(mkdir(folder_path(name), 0755) == 0, name);
	(void)snprintf(in, sizeof(in), "%s/in", name);
	must(mkdir(folder_path(in), 0755) == 0, in);
	(void)snprintf(in, sizeof(in), "%s/in/settings", name);
	(void)snprintf(path, sizeof(path), "%s", folder_file(in, text, sizeof(text) - 1, mode));
	must(chown(path, uid, gid) == 0 && chmod(path, mode) == 0, path);
	return path;
}

static void open_folder(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	const char *path = folder_path(name);

	must(chown(path, uid, gid) == 0 && chmod(path, mode) == 0, path);
}

/* Nobody else may have a hand in the file or in a folder above it, whatever it says of TRUST_USER.
 */
static void others_files(void)
{
	enum { WWW = 65534 };
	struct settings s;
	const char *path, *error;

	if (geteuid() != 0)
		return;
	must(chmod(folder, 0755) == 0, folder);
	refused_and_mended(nested("owner", WWW, WWW, 0644), "uid 65534");
	refused_and_mended(nested("group", 0, WWW, 0664), "0664");
	refused_and_mended(nested("root", 0, 0, 0664), "0664");
	refused_and_mended(nested("all", 0, 0, 0666), "0666");
	path = nested("folder", 0, 0, 0644);
	open_folder("folder/in", 0, WWW, 0775);
	refused_and_mended(path, "/folder/in belongs to");
	path = nested("theirs", WWW, WWW, 0644);
	open_folder("theirs/in", WWW, WWW, 0755);
	refused_and_mended(path, "/theirs/in belongs to uid 65534");
	path = nested("above", 0, 0, 0644);
	open_folder("above", 0, 0, 0777);
	refused_and_mended(path, "0777");
	/* A caller's own are good for that caller alone. */
	path = nested("own", WWW, WWW, 0644);
	open_folder("own/in", WWW, WWW, 0755);
	must(seteuid(WWW) == 0, "seteuid");
	settings_defaults(&s);
	same_number(read_settings(&s, path, &error), 0, path);
	same_text(s.pid_file, "/run/x.pid", "the caller's own file");
	must(seteuid(0) == 0, "seteuid");
	path = nested("closed", WWW, WWW, 0644);
	open_folder("closed/in", 0, 0, 0700);
	must(seteuid(WWW) == 0, "seteuid");
	refuses_path(path, "Permission denied");
	must(seteuid(0) == 0, "seteuid");
}

/* A link is followed, and where it stands counts as well as where it leads. */
static void linked_files(void)
{
	static const char text[] = "PID_FILE=/run/x.pid\n";
	struct settings s;
	const char *error;
	char target[PATH_MAX];

	(void)snprintf(target, sizeof(target), "%s",
		       folder_file("settings", text, sizeof(text) - 1, 0644));
	must(symlink(target, folder_path("link")) == 0, "symlink");
	settings_defaults(&s);
	same_number(read_settings(&s, folder_path("link"), &error), 0, "a link");
	same_text(s.pid_file, "/run/x.pid", "what it leads to");
	must(chmod(target, 0646) == 0, target);
	refuses_path(folder_path("link"), "0646");
	/* One from the folder where the caller is. */
	must(chmod(target, 0644) == 0 && chdir(folder) == 0, "chdir");
	settings_defaults(&s);
	same_number(read_settings(&s, "settings", &error), 0, "not absolute");
	same_text(s.pid_file, "/run/x.pid", "a path that is not absolute");
	must(chdir("/") == 0, "chdir");
}

int main(void)
{
	folder_open();
	bad_files();
	others_files();
	linked_files();
	folder_close();
	return tap_end();
}
