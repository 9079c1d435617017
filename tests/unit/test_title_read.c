/* A title that is just being written is read again, and not for ever. */
#include <sys/types.h>
#include <sys/wait.h>

#include "folder.h"
#include "nginx/title.h"
#include "os/procfs.h"
#include "tap.h"

enum { PID = 7 };

#define TITLE "angie: worker process #2"

static char title[TITLE_MAX];

static void reads(const char *text, size_t length, const char *want)
{
	(void)folder_file("7/cmdline", text, length, 0600);
	ok(title_read(PID, title, sizeof(title)) > 0, want);
	same_text(title, want, "the title");
}

/* Whoever opens the first one finds another when he looks again. */
static void __attribute__((noreturn)) write_twice(const char *first, const char *second)
{
	int fd = open(first, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || rename(second, first) < 0 || write(fd, "angie: ", 8) != 8)
		_exit(1);
	_exit(0);
}

static void again(void)
{
	char first[PATH_MAX];
	int status = -1;
	pid_t child;

	(void)snprintf(first, sizeof(first), "%s", folder_path("7/cmdline"));
	(void)unlink(first);
	must(mkfifo(first, 0600) == 0, first);
	(void)folder_file("second", TITLE, sizeof(TITLE), 0600);
	child = fork();
	must(child >= 0, "fork");
	if (!child)
		write_twice(first, folder_path("second"));
	ok(title_read(PID, title, sizeof(title)) > 0, "read");
	same_text(title, TITLE, "what stood there afterwards");
	ok(waitpid(child, &status, 0) == child && status == 0, "the first one was read, too");
}

int main(void)
{
	folder_open();
	must(mkdir(folder_path("7"), 0700) == 0, "mkdir");
	procfs_root = folder;
	reads(TITLE, sizeof(TITLE), TITLE);
	reads("vi", 3, "vi");
	reads("angie:", 7, "angie:");
	reads("angie: ", 8, "angie: "); /* it stays so: somebody's own title */
	again();
	ok(title_read(PID + 1, title, sizeof(title)) < 0, "no such process");
	folder_close();
	return tap_end();
}
