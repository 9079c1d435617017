/*
 * Binaries that answer as an nginx does to -V, -t and -T: copies of the test itself, with the
 * answers behind their end. A test's main begins with fake_nginx_answers().
 */
#ifndef FAKE_NGINX_H
#define FAKE_NGINX_H

#include <sys/syscall.h>

#include "folder.h"

enum { FAKE_TEXT_MAX = 4096 };

#define FAKE_MARK "--- answers of a fake nginx ---"

struct fake_nginx {
	char mark[sizeof(FAKE_MARK)];
	char version[FAKE_TEXT_MAX]; /* -V; "": it fails */
	char dump[FAKE_TEXT_MAX];    /* -T, on standard output */
	char words[FAKE_TEXT_MAX];   /* -T, on standard error */
	int test_code;               /* with which -t and -T end */
};

static pid_t fake_own_pid; /* 0: the kernel is asked */

/* What is forked to be executed looks for itself in the desk's /proc, where it stands as the test.
 */
pid_t getpid(void)
{
	return fake_own_pid ? fake_own_pid : (pid_t)syscall(SYS_getpid);
}

static inline void fake_print(int fd, const char *text)
{
	size_t length = strlen(text);

	if (write(fd, text, length) != (ssize_t)length)
		_exit(99);
}

/* Returns in a test; does not in a fake nginx. */
static inline void fake_nginx_answers(int argc, char **argv)
{
	static struct fake_nginx fake;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int i;

	if (fd < 0 || lseek(fd, -(off_t)sizeof(fake), SEEK_END) < 0 ||
	    read(fd, &fake, sizeof(fake)) != (ssize_t)sizeof(fake) ||
	    strcmp(fake.mark, FAKE_MARK) != 0) {
		if (fd >= 0)
			(void)close(fd);
		fake_own_pid = getpid();
		return;
	}
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-V") == 0) {
			fake_print(2, fake.version);
			_exit(fake.version[0] ? 0 : 1);
		}
		if (strcmp(argv[i], "-T") == 0 || strcmp(argv[i], "-t") == 0) {
			fake_print(2, fake.words);
			if (fake.test_code == 0)
				fake_print(1, fake.dump);
			_exit(fake.test_code);
		}
	}
	_exit(98);
}

/* "nginx/1.18.0", built with --prefix=PREFIX and what follows it, whose -T prints `dump`. */
static inline struct fake_nginx fake_nginx(const char *name_and_version, const char *prefix,
					   const char *more, const char *dump)
{
	struct fake_nginx f;

	memset(&f, 0, sizeof(f));
	memcpy(f.mark, FAKE_MARK, sizeof(FAKE_MARK));
	(void)snprintf(
		f.version, sizeof(f.version),
		"nginx version: %s\nbuilt by gcc\nconfigure arguments: --prefix=%.500s %.3000s\n",
		name_and_version, prefix, more);
	(void)snprintf(f.dump, sizeof(f.dump), "%s", dump);
	(void)snprintf(f.words, sizeof(f.words), "nginx: configuration file test is successful\n");
	return f;
}

/* Puts it there, as a new file. */
static inline const char *fake_nginx_at(const char *name, const struct fake_nginx *f)
{
	const char *path = folder_path(name);
	char command[PATH_MAX + 64];
	int fd;

	(void)snprintf(command, sizeof(command), "cp --remove-destination /proc/%d/exe '%s'",
		       (int)getpid(), path);
	must(system(command) == 0, command);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	must(fd >= 0 && write(fd, f, sizeof(*f)) == (ssize_t)sizeof(*f), path);
	must(fchmod(fd, 0755) == 0 && close(fd) == 0, path);
	return path;
}

#endif
