/*
 * Another process keeps replacing a part of the path: now it is root's, now another user's. Each
 * walk must be refused or end at root's file, with O_PATH and without.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>

#include "path_fixture.h"

enum { WALKS = 300, WALKS_MOST = 200000 };

/* How the part is replaced: by rename() of another one, which is then created again. */
static void __attribute__((noreturn)) swap_links(void)
{
	for (;;) {
		make_link("next", "good/nginx", 0);
		must(rename(in("next"), in("tmp/link")) == 0, "rename");
		make_link("next", "evil/nginx", MALLORY);
		must(rename(in("next"), in("tmp/link")) == 0, "rename");
	}
}

static void __attribute__((noreturn)) swap_folders(void)
{
	for (;;) {
		must(rename(in("tmp/good"), in("tmp/now")) == 0, "rename");
		must(rename(in("tmp/now"), in("tmp/good")) == 0, "rename");
		must(rename(in("tmp/evil"), in("tmp/now")) == 0, "rename");
		must(rename(in("tmp/now"), in("tmp/evil")) == 0, "rename");
	}
}

static pid_t swapping(void (*swap)(void))
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		swap();
	}
	return pid;
}

static bool reads_good(const struct trusted *t, int *ret_stale)
{
	char text[6] = "";
	int fd = trusted_reopen(t);
	bool good;

	if (fd == -ESTALE) {
		++*ret_stale;
		return true;
	}
	good = fd >= 0 && read(fd, text, 5) == 5 && strcmp(text, "good\n") == 0;
	if (fd >= 0)
		(void)close(fd);
	return good;
}

/* Walks WALKS times at least, and until it was both trusted and refused: else nothing is proven. */
static void walks(bool form, const char *path, void (*swap)(void), const char *name)
{
	unsigned n, trusted = 0, refused = 0, wrong = 0, other = 0;
	pid_t pid = swapping(swap);
	struct trusted t;
	char text[128];
	int stale = 0;

	for (n = 0; n < WALKS || ((!trusted || !refused) && n < WALKS_MOST); n++) {
		int r = trusted_open_in_form(form, &root_alone, "", path, 0, &t, &why);

		if (r < 0) {
			refused += why.kind == DISTRUST_OWNER;
			other += why.kind != DISTRUST_OWNER;
			continue;
		}
		trusted++;
		wrong += !reads_good(&t, &stale);
		trusted_close(&t);
	}
	must(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid, "kill");
	printf("# %s, %s: %u walks, %u trusted, %u refused, %u found nothing, %d replaced meanwhile\n",
	       name, form ? "O_PATH" : "2.6.32", n, trusted, refused, other, stale);
	(void)snprintf(text, sizeof(text), "%s, %s: none is wrong", name,
		       form ? "O_PATH" : "2.6.32");
	same_number(wrong, 0, text);
	(void)snprintf(text, sizeof(text), "%s, %s: some trusted, some refused", name,
		       form ? "O_PATH" : "2.6.32");
	ok(trusted && refused, text);
}

int main(void)
{
	int form;

	if (!path_begin())
		return tap_end();
	for (form = 1; form >= 0; form--) {
		layout();
		make_folder("tmp", 0, 01777);
		make_folder("tmp/good", 0, 0755);
		make_folder("tmp/evil", MALLORY, 0755);
		make_file("tmp/good/nginx", 0, 0755);
		make_file("tmp/evil/nginx", MALLORY, 0755);
		make_link("tmp/link", "good/nginx", 0);
		walks(form, in("tmp/link"), swap_links, "a link");
		walks(form, in("tmp/now/nginx"), swap_folders, "a folder");
	}
	path_end();
	return tap_end();
}
