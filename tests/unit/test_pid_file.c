/* Which pid files are believed, and where they are when their folder is not where it was. */
#include "pid_file_fixture.h"

static void parses(const char *text, size_t length, pid_t want)
{
	same_number(pid_file_parse(text, length), want, text);
}

#define PARSES(text, want) parses(text, sizeof(text) - 1, want)

static void texts(void)
{
	PARSES("1", 1);
	PARSES("12345\n", 12345);
	PARSES("12345 \t\r\n\n", 12345);
	PARSES("00012", 12);
	PARSES("2147483639", 2147483639);
	PARSES("", 0);
	PARSES("\n", 0);
	PARSES("0\n", 0);
	PARSES("-1", 0);
	PARSES("+1", 0);
	PARSES(" 1", 0);
	PARSES("1 2", 0);
	PARSES("1\n2", 0);
	PARSES("1x", 0);
	PARSES("0x10", 0);
	PARSES("1.5", 0);
	PARSES("1\0", 0);
	PARSES("1\0002", 0);
	PARSES("\xff", 0);
	PARSES("2147483648", 0);
	PARSES("4294967297", 0);
	PARSES("18446744073709551617", 0);
	PARSES("99999999999999999999999999999999999", 0);
	parses("12345", 3, 123);
	parses("12345", 0, 0);
}

static void reads(const char *path, enum pid_file_found want, pid_t want_pid, const char *name)
{
	struct believed b = believed_caller();
	struct pid_file p;

	pid_file_open(&p, &b, path);
	looks(&p, want, want_pid, name);
	pid_file_close(&p);
}

static void holds(const char *text, enum pid_file_found want, pid_t want_pid)
{
	reads(folder_file("pid", text, strlen(text), 0644), want, want_pid, text);
}

static void contents(void)
{
	char blanks[80];

	holds("4321\n", PID_FILE_OK, 4321);
	holds("", PID_FILE_IS_EMPTY, UNTOUCHED);
	holds("\n", PID_FILE_NO_NUMBER, UNTOUCHED);
	holds("0\n", PID_FILE_NO_NUMBER, UNTOUCHED);
	holds("-1\n", PID_FILE_NO_NUMBER, UNTOUCHED);
	holds("nginx\n", PID_FILE_NO_NUMBER, UNTOUCHED);
	memset(blanks, '\n', sizeof(blanks));
	blanks[0] = '7';
	blanks[64] = '\0';
	holds(blanks, PID_FILE_OK, 7);
	blanks[64] = '\n';
	blanks[65] = '\0';
	holds(blanks, PID_FILE_TOO_LARGE, UNTOUCHED);
}

static void kinds(void)
{
	char target[PATH_MAX];
	char name[300];
	char missing[PATH_MAX];

	reads(folder_path("none"), PID_FILE_IS_MISSING, UNTOUCHED, "no file");
	reads(folder_path("no/folder"), PID_FILE_IS_MISSING, UNTOUCHED, "no folder");
	(void)folder_file("file", "1\n", 2, 0644);
	reads(folder_path("file/pid"), PID_FILE_IS_MISSING, UNTOUCHED, "below a file");

	(void)strcpy(target, folder_file("target", "1\n", 2, 0644));
	must(symlink(target, folder_path("link")) == 0, "symlink");
	reads(folder_path("link"), PID_FILE_IS_LINK, UNTOUCHED, "a link to a good one");
	must(symlink("nowhere", folder_path("dangling")) == 0, "symlink");
	reads(folder_path("dangling"), PID_FILE_IS_LINK, UNTOUCHED, "a link to nothing");
	must(link(target, folder_path("hard")) == 0, "link");
	reads(folder_path("hard"), PID_FILE_OK, 1, "a hard link is a file");

	must(mkdir(folder_path("dir"), 0755) == 0, "mkdir");
	reads(folder_path("dir"), PID_FILE_NOT_REGULAR, UNTOUCHED, "a folder");
	must(mkfifo(folder_path("fifo"), 0644) == 0, "mkfifo");
	reads(folder_path("fifo"), PID_FILE_NOT_REGULAR, UNTOUCHED, "a FIFO without a writer");
	reads("/dev/null", PID_FILE_NOT_REGULAR, UNTOUCHED, "a device");

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)strcpy(missing, folder_path(name));
	reads(missing, PID_FILE_UNREADABLE, UNTOUCHED, "a name that cannot be");
}

static void modes(void)
{
	reads(folder_file("pid", "1\n", 2, 0646), PID_FILE_WRITABLE, UNTOUCHED, "mode 0646");
	reads(folder_file("pid", "1\n", 2, 0664), PID_FILE_WRITABLE, UNTOUCHED, "mode 0664");
	reads(folder_file("pid", "1\n", 2, 04644), PID_FILE_WRITABLE, UNTOUCHED, "set-uid");
	reads(folder_file("pid", "1\n", 2, 0600), PID_FILE_OK, 1, "mode 0600");
}

/* What it says where it is to be looked, whoever wrote it. */
static void peeks(void)
{
	struct believed b = believed_caller();
	struct pid_file p;

	pid_file_open(&p, &b, folder_file("pid", "12\n", 3, 0666));
	looks(&p, PID_FILE_WRITABLE, UNTOUCHED, "everybody may write it");
	same_number(pid_file_peek(&p), 12, "it can be peeked into");
	(void)folder_file("pid", "", 0, 0644);
	same_number(pid_file_peek(&p), 0, "an empty one says nothing");
	must(unlink(folder_path("pid")) == 0 && mkfifo(folder_path("pid"), 0644) == 0, "mkfifo");
	same_number(pid_file_peek(&p), 0, "nor does a FIFO, and it does not hold us up");
	must(unlink(folder_path("pid")) == 0, "unlink");
	same_number(pid_file_peek(&p), 0, "nor one that is missing");
	pid_file_close(&p);
	same_number(pid_file_peek(&p), 0, "nor one that is closed");
}

static void made_anew(void)
{
	struct believed b = believed_caller();
	char path[PATH_MAX];
	struct pid_file p;

	(void)strcpy(path, folder_path("run/pid"));
	pid_file_open(&p, &b, path);
	looks(&p, PID_FILE_IS_MISSING, UNTOUCHED, "before there is a folder");
	must(mkdir(folder_path("run"), 0755) == 0, "mkdir");
	looks(&p, PID_FILE_IS_MISSING, UNTOUCHED, "before there is a file");
	(void)folder_file("run/pid", "1\n", 2, 0644);
	looks(&p, PID_FILE_OK, 1, "a folder that came later");
	ok(p.trusted, "is vetted");
	must(unlink(path) == 0 && rmdir(folder_path("run")) == 0, "rmdir");
	looks(&p, PID_FILE_IS_MISSING, UNTOUCHED, "the folder is gone");
	must(mkdir(folder_path("run"), 0777) == 0 && chmod(folder_path("run"), 0777) == 0, "mkdir");
	(void)folder_file("run/pid", "2\n", 2, 0644);
	looks(&p, PID_FILE_OK, 2, "a folder made anew");
	ok(!p.trusted, "is vetted anew");
	pid_file_close(&p);
	must(unlink(path) == 0 && rmdir(folder_path("run")) == 0, "rmdir");
}

/* Somebody renames another folder to that name. */
static void swapped(void)
{
	struct believed b = believed_caller();
	char path[PATH_MAX];
	char away[PATH_MAX];
	struct pid_file p;

	must(mkdir(folder_path("run"), 0755) == 0 && mkdir(folder_path("evil"), 0755) == 0,
	     "mkdir");
	(void)folder_file("evil/pid", "666\n", 4, 0644);
	(void)strcpy(path, folder_file("run/pid", "1\n", 2, 0644));
	pid_file_open(&p, &b, path);
	(void)strcpy(path, folder_path("run"));
	(void)strcpy(away, folder_path("away"));
	must(rename(path, away) == 0 && rename(folder_path("evil"), path) == 0, "rename");
	looks(&p, PID_FILE_OK, 1, "it is read from the folder that was vetted");
	same_number(pid_file_write(&p, 2), 0, "and written");
	reads(folder_path("away/pid"), PID_FILE_OK, 2, "in that folder");
	reads(folder_path("run/pid"), PID_FILE_OK, 666, "and not in the other");
	pid_file_close(&p);
}

static void beside(void)
{
	struct believed b = believed_caller();
	struct pid_file p;
	struct pid_file old;
	struct pid_file long_name;

	pid_file_open(&p, &b, folder_file("pid", "1\n", 2, 0644));
	pid_file_open_beside(&old, &p, OLDBIN_SUFFIX);
	same_text(old.path, folder_path("pid.oldbin"), "its path");
	looks(&old, PID_FILE_IS_MISSING, UNTOUCHED, "there is none");
	same_number(pid_file_move(&p, &old), 0, "moved there");
	looks(&old, PID_FILE_OK, 1, "it is there");
	looks(&p, PID_FILE_IS_MISSING, UNTOUCHED, "and here no more");
	same_number(pid_file_write(&p, 2), 0, "another is written");
	same_number(pid_file_move(&old, &p), 0, "and moved over");
	looks(&p, PID_FILE_OK, 1, "it is the first again");
	same_number(pid_file_move(&old, &p), -ENOENT, "what is not there is not moved");
	pid_file_close(&p);
	same_number(pid_file_write(&old, 3), 0, "the folder is held by each");
	pid_file_close(&old);
	reads(folder_path("pid.oldbin"), PID_FILE_OK, 3, "it was written");
	must(unlink(folder_path("pid.oldbin")) == 0, "unlink");

	pid_file_open(&p, &b, folder_path("none/pid"));
	pid_file_open_beside(&old, &p, OLDBIN_SUFFIX);
	looks(&old, PID_FILE_IS_MISSING, UNTOUCHED, "beside one without a folder");
	pid_file_open_beside(&long_name, &old, OLDBIN_SUFFIX);
	same_text(long_name.name, "pid.oldbin.oldbin", "endings add up");
	pid_file_close(&long_name);
	pid_file_close(&old);
	pid_file_close(&p);
}

/* 250 bytes: with the ending it is too long, and nobody's; cut it would be another file. */
static void long_names(void)
{
	struct believed b = believed_caller();
	struct pid_file p;
	struct pid_file old;
	char name[251];
	pid_t pid;

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	pid_file_open(&p, &b, folder_file(name, "1\n", 2, 0644));
	looks(&p, PID_FILE_OK, 1, "a long name");
	pid_file_open_beside(&old, &p, OLDBIN_SUFFIX);
	ok(pid_file_look(&old, &pid) == PID_FILE_UNREADABLE, "with the ending too long");
	same_number(pid_file_peek(&old), 0, "it is not peeked into");
	same_number(pid_file_write(&old, 1), -ENAMETOOLONG, "nor written");
	same_number(pid_file_move(&p, &old), -ENAMETOOLONG, "nor moved to");
	same_number(pid_file_move(&old, &p), -ENAMETOOLONG, "nor moved");
	looks(&p, PID_FILE_OK, 1, "and the other is left");
	pid_file_close(&old);
	pid_file_close(&p);
}

static unsigned entries(void)
{
	char command[128];
	unsigned n = 0;
	FILE *f;

	(void)snprintf(command, sizeof(command), "ls -A '%s' | wc -l", folder);
	f = popen(command, "r");
	must(f && fscanf(f, "%u", &n) == 1, command);
	(void)pclose(f);
	return n;
}

static int writes(const char *path, pid_t pid)
{
	struct believed b = believed_caller();
	struct pid_file p;
	int r;

	pid_file_open(&p, &b, path);
	r = pid_file_write(&p, pid);
	pid_file_close(&p);
	return r;
}

static void writing(void)
{
	char path[PATH_MAX];
	struct stat before, st;
	unsigned had;

	(void)strcpy(path, folder_file("written", "99999 and more than that\n", 25, 0666));
	must(stat(path, &before) == 0, path);
	had = entries();
	same_number(writes(path, 123), 0, "write");
	reads(path, PID_FILE_OK, 123, "what was written");
	must(stat(path, &st) == 0, path);
	same_number(st.st_mode & 07777, 0644, "its mode");
	ok(st.st_ino != before.st_ino, "it is another file");
	ok(writes(folder_path("none/pid"), 1) < 0, "no such folder");
	same_number(writes(folder_path("dir"), 1), -EISDIR, "a folder in its place");
	must(symlink(path, folder_path("to")) == 0, "symlink");
	same_number(writes(folder_path("to"), 5), 0, "a link in its place");
	reads(path, PID_FILE_OK, 123, "is not followed");
	reads(folder_path("to"), PID_FILE_OK, 5, "but replaced");
	same_number(entries(), had + 1, "nothing else was left");
}

/* Each fault has words of its own. */
static void words(void)
{
	struct believed b = believed_caller();
	struct pid_file p;
	int a, c;

	pid_file_open(&p, &b, folder_path("none"));
	for (a = PID_FILE_OK; a <= PID_FILE_UNREADABLE; a++) {
		char text[PATH_MAX + 256];
		bool alone;

		(void)strcpy(text, text_of(&p, (enum pid_file_found)a));
		alone = *text != '\0';
		for (c = PID_FILE_OK; c < a; c++)
			alone = alone && strcmp(text, text_of(&p, (enum pid_file_found)c)) != 0;
		ok(alone, text);
	}
	pid_file_close(&p);
	pid_file_open(&p, &b, folder_file("pid", "1\n", 2, 0666));
	looks(&p, PID_FILE_WRITABLE, UNTOUCHED, "everybody may write it");
	ok(strstr(text_of(&p, PID_FILE_WRITABLE), "everybody can change it") != NULL,
	   "who could have written it is told");
	pid_file_close(&p);
}

int main(void)
{
	folder_open();
	texts();
	contents();
	kinds();
	modes();
	peeks();
	made_anew();
	swapped();
	beside();
	long_names();
	writing();
	words();
	folder_close();
	return tap_end();
}
