/* Which pid files are believed. */
#include "folder.h"
#include "nginx/pid_file.h"

#define UNTOUCHED 77

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

static void reads(const char *path, enum pid_file_fault want, pid_t want_pid, const char *name)
{
	pid_t pid = UNTOUCHED;

	same_text(pid_file_fault_text(pid_file_read(path, &pid)), pid_file_fault_text(want), name);
	same_number(pid, want_pid, name);
}

static void holds(const char *text, enum pid_file_fault want, pid_t want_pid)
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

	reads(folder_file("pid", "1\n", 2, 0646), PID_FILE_WRITABLE, UNTOUCHED, "mode 0646");
	reads(folder_file("pid", "1\n", 2, 0664), PID_FILE_OK, 1, "mode 0664");

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)strcpy(missing, folder_path(name));
	reads(missing, PID_FILE_UNREADABLE, UNTOUCHED, "a name that cannot be");
}

static void writing(void)
{
	char path[PATH_MAX];
	struct stat before, st;

	(void)strcpy(path, folder_file("written", "99999 and more than that\n", 25, 0666));
	must(stat(path, &before) == 0, path);
	same_number(pid_file_write(path, 123), 0, "write");
	reads(path, PID_FILE_OK, 123, "what was written");
	must(stat(path, &st) == 0, path);
	same_number(st.st_mode & 07777, 0644, "its mode");
	ok(st.st_ino != before.st_ino, "it is another file");
	same_number(pid_file_write(folder_path("none/pid"), 1), -ENOENT, "no such folder");
	same_number(pid_file_write(folder_path("dir"), 1), -EISDIR, "a folder in its place");
}

/* Each fault has words of its own. */
static void words(void)
{
	int a, b;

	for (a = PID_FILE_OK; a <= PID_FILE_UNREADABLE; a++) {
		const char *text = pid_file_fault_text((enum pid_file_fault)a);
		bool alone = *text != '\0';

		for (b = PID_FILE_OK; b < a; b++)
			alone = alone &&
				strcmp(text, pid_file_fault_text((enum pid_file_fault)b)) != 0;
		ok(alone, text);
	}
}

int main(void)
{
	folder_open();
	texts();
	contents();
	kinds();
	writing();
	words();
	folder_close();
	return tap_end();
}
