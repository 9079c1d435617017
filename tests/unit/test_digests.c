/* The digest of a file is computed once, and again as soon as the file may be another. */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nginx/builds.h"
#include "tap.h"

static char folder[] = "/tmp/test_digests.XXXXXX";
static struct served served;

static int made(const char *name, char letter)
{
	char block[10000];
	int fd;

	must(chdir(folder) == 0, "chdir");
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	memset(block, letter, sizeof(block));
	must(fd >= 0 && write(fd, block, sizeof(block)) == (ssize_t)sizeof(block), name);
	return fd;
}

/* So long ago that it is settled. */
static void aged(int fd, long nanoseconds)
{
	struct timespec times[2] = {{1700000000, nanoseconds}, {1700000000, nanoseconds}};

	must(futimens(fd, times) == 0, "futimens");
}

/* What is known of all files is made wrong, to see what is not computed. */
static void plant(void)
{
	size_t i;

	for (i = 0; i < served.file_count; i++)
		memset(served.files[i].digest.bytes, 0x55, sizeof(served.files[i].digest.bytes));
	served.learned = false;
}

/* Whether it came from the record; else it must be right. */
static bool is_remembered(int fd, bool executed)
{
	struct digest got, right;
	uint64_t size = 0, right_size = 0;

	must(builds_digest(&served, fd, executed, &got, &size) == 0, "builds_digest");
	must(digest_of_fd(fd, &right, &right_size) == 0, "digest_of_fd");
	same_number((long long)size, (long long)right_size, "its size");
	if (got.bytes[0] == 0x55 && got.bytes[31] == 0x55)
		return true;
	ok(digest_equal(&got, &right), "the digest is right");
	return false;
}

static void once(void)
{
	int fd = made("once", 'a');
	int other;

	memset(&served, 0, sizeof(served));
	aged(fd, 5);
	ok(!is_remembered(fd, false) && served.learned, "the first time it is computed");
	plant();
	ok(is_remembered(fd, false) && !served.learned, "then it is known");
	must(link("once", "link") == 0 && unlink("once") == 0 && rename("link", "moved") == 0,
	     "link");
	other = open("moved", O_RDONLY | O_CLOEXEC);
	ok(is_remembered(other, false), "under any name");
	(void)close(other);
	(void)close(fd);
}

static void changed_in_place(void)
{
	int fd = made("changed", 'a');
	int other;

	memset(&served, 0, sizeof(served));
	aged(fd, 5);
	(void)is_remembered(fd, false);
	plant();
	must(pwrite(fd, "b", 1, 9000) == 1, "pwrite");
	ok(!is_remembered(fd, false), "a byte is another");
	ok(!served.learned, "a moment ago: the next change might not show");
	aged(fd, 6);
	ok(!is_remembered(fd, false) && served.learned, "only the time is another");
	plant();
	ok(is_remembered(fd, false), "and known by that");
	must(ftruncate(fd, 9999) == 0, "ftruncate");
	aged(fd, 6);
	ok(!is_remembered(fd, false), "the size is another");
	plant();
	must(pwrite(fd, "b", 1, 100) == 1, "pwrite");
	aged(fd, 6);
	ok(!is_remembered(fd, false), "the beginning is another, as where an inode is used again");
	other = made("other", 'a');
	aged(other, 6);
	ok(!is_remembered(other, false), "another inode");
	(void)close(other);
	(void)close(fd);
}

static void fresh(void)
{
	int fd = made("fresh", 'a');

	memset(&served, 0, sizeof(served));
	ok(!is_remembered(fd, false) && !served.learned, "a fresh file is not remembered");
	ok(!is_remembered(fd, true) && served.learned, "but where it is executed");
	plant();
	ok(is_remembered(fd, false), "and from then on");
	(void)close(fd);
}

static void copies(void)
{
	int image = made("image", 'a');
	int copy = made("copy", 'a');
	int other = made("other", 'b');

	memset(&served, 0, sizeof(served));
	builds_know_copy(&served, copy, image);
	ok(!served.learned, "of what is not known nothing is learnt");
	aged(image, 5);
	(void)is_remembered(image, false);
	plant();
	builds_know_copy(&served, other, image);
	ok(!served.learned, "nor of what is no copy");
	builds_know_copy(&served, copy, image);
	ok(served.learned, "a copy");
	ok(is_remembered(copy, false), "has the same digest");
	served.learned = false;
	builds_know_copy(&served, copy, image);
	ok(!served.learned, "once");
	(void)close(image);
	(void)close(copy);
	(void)close(other);
}

static void unreadable(void)
{
	struct digest digest;
	uint64_t size;

	same_number(builds_digest(&served, -1, true, &digest, &size), -EBADF, "no file");
}

int main(void)
{
	char command[64];

	must(mkdtemp(folder) != NULL, folder);
	once();
	changed_in_place();
	fresh();
	copies();
	unreadable();
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	must(chdir("/") == 0 && system(command) == 0, command);
	return tap_end();
}
