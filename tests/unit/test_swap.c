/* Several files put in place as one, and taken back: all of them, or none. */
#include "install_fixture.h"
#include "nginx/swap.h"

static struct swap swap;

static int add(const char *target, const char *from)
{
	int fd = open(at(from), O_RDONLY | O_CLOEXEC);
	int r;

	must(fd >= 0, from);
	r = swap_add(&swap, &caller, "", at(target), fd, at(from), &err);
	(void)close(fd);
	return r;
}

/* a, b: what stands; x, y: what is to stand there. */
static void files(void)
{
	begin();
	put("a", 'a', 0644);
	put("b", 'b', 0640);
	put("x", 'x', 0600);
	put("y", 'y', 0600);
	swap_begin(&swap);
}

static void there_and_back(void)
{
	ino_t a, b;
	char before[256];

	files();
	(void)snprintf(before, sizeof(before), "%s", names());
	a = inode("a");
	b = inode("b");
	same_number(add("a", "x"), 1, "the first is staged");
	same_number(add("b", "b"), 0, "the same bytes are left alone");
	same_number(add("b", "y"), 1, "the second is staged");
	same_number(add("c", "x"), 1, "where nothing stands, too");
	same_number(letter("a"), 'a', "nothing has changed yet");
	same_number(swap_commit(&swap, &err), 0, "put in place");
	same_number(letter("a"), 'x', "the first");
	same_number(letter("b"), 'y', "the second");
	same_number(letter("c"), 'x', "the new one");
	same_number(swap_undo(&swap, &err), 0, "taken back");
	same_number((long)inode("a"), (long)a, "the very file stands there again");
	same_number((long)inode("b"), (long)b, "and there");
	ok(access(at("c"), F_OK) < 0, "what was not there is not there");
	swap_end(&swap);
	same_text(names(), before, "nothing is left");
}

static void kept(void)
{
	struct stat st;

	files();
	must(add("a", "x") == 1 && swap_commit(&swap, &err) == 0, "commit");
	swap_end(&swap);
	same_number(letter("a"), 'x', "what was put in place stays");
	must(stat(at("a"), &st) == 0, "stat");
	same_number(st.st_mode & 07777, 0600, "with the mode that it had");
	swap_end(&swap);
}

static void dropped(void)
{
	char before[256];

	files();
	(void)snprintf(before, sizeof(before), "%s", names());
	must(add("a", "x") == 1 && add("b", "y") == 1, "add");
	swap_end(&swap);
	same_text(names(), before, "what was only staged is gone");
	same_number(letter("a"), 'a', "and nothing has changed");
}

/* Somebody takes the second away in between: the first must not stay alone. */
static void whole(void)
{
	ino_t a;

	files();
	a = inode("a");
	must(add("a", "x") == 1 && add("b", "y") == 1, "add");
	must(unlink(at("b")) == 0, "unlink");
	same_number(swap_commit(&swap, &err), -ESTALE, "the second cannot be replaced");
	same_text(err.step, "replace", "the step");
	same_text(err.path, at("b"), "the file");
	same_number((long)inode("a"), (long)a, "the first is as before");
	swap_end(&swap);
}

static void refused(void)
{
	files();
	must(symlink("b", at("l")) == 0 && mkdir(at("d"), 0755) == 0, "link");
	same_number(add("l", "x"), -ELOOP, "a link is not followed");
	same_number(add("d", "x"), -EISDIR, "a folder is no file");
	must(chmod(at("x"), 0666) == 0, "chmod");
	same_number(add("a", "x"), -EPERM, "what others can write is not put in place");
	must(chmod(at("x"), 0600) == 0 && chmod(at("a"), 0666) == 0, "chmod");
	same_number(add("a", "x"), -EPERM, "nor is it replaced");
	same_number((long)swap.count, 0, "nothing of it is staged");
	swap_end(&swap);
}

/* Of an installation: it and this make temporary files in the same folder. */
static void beside_an_install(void)
{
	int running;

	files();
	running = image("nginx");
	must(add("a", "x") == 1, "add");
	same_number(install_from_to(at("new"), at("nginx"), running, "1.18.0"), 0,
		    "an install in between");
	same_number(swap_commit(&swap, &err), 0, "sweeps nothing that is staged");
	same_number(letter("a"), 'x', "it is put in place");
	swap_end(&swap);
	(void)close(running);
}

int main(void)
{
	fixture_open();
	there_and_back();
	kept();
	dropped();
	whole();
	refused();
	beside_an_install();
	return fixture_close();
}
