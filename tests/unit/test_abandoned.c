/* The files of unix sockets that nobody listens on: which are removed before a start, and which
 * stay. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "nginx/abandoned.h"
#include "folder.h"
#include "tap.h"

/* A socket with that name; the descriptor. */
static int bound(const char *name)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%.100s", folder_path(name));
	ok(fd >= 0 && bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0 && listen(fd, 1) == 0,
	   name);
	return fd;
}

static bool is_there(const char *name)
{
	struct stat st;

	return lstat(folder_path(name), &st) == 0;
}

static unsigned sweep(const char *name)
{
	struct believed believed = believed_caller();
	struct config_scan scan;
	char text[PATH_MAX + 256];
	unsigned removed;

	(void)snprintf(text, sizeof(text),
		       "http { server { listen 127.0.0.1:1; listen unix:%s; } }\n",
		       folder_path(name));
	config_scan_init(&scan);
	ok(config_scan_feed(&scan, text, strlen(text)) == 0, text);
	removed = abandoned_sweep(&scan, &believed);
	config_scan_free(&scan);
	return removed;
}

int main(void)
{
	FILE *file;
	int fd;

	(void)umask(022);
	folder_open();
	fd = bound("s");
	ok(sweep("s") == 0 && is_there("s"), "where somebody listens it stays");
	(void)close(fd);
	ok(sweep("t") == 0 && is_there("s"), "one that is not named stays");
	ok(sweep("s") == 1 && !is_there("s"), "where nobody listens it goes");
	ok(sweep("s") == 0, "what is not there is not removed");

	(void)close(bound("s"));
	(void)chmod(folder, 0777);
	ok(sweep("s") == 0 && is_there("s"), "where others can write it stays");
	(void)chmod(folder, 0700);

	ok(symlink("s", folder_path("link")) == 0 && sweep("link") == 0 && is_there("link") &&
		   is_there("s"),
	   "behind a link it stays");
	file = fopen(folder_path("file"), "w");
	must(file != NULL, "a file");
	(void)fclose(file);
	ok(sweep("file") == 0 && is_there("file"), "what is no socket stays");

	folder_close();
	return tap_end();
}
