/*
 * A binary on its way into its place: what is examined is what is installed, who could have changed
 * the source is told, and a run that acts as a user works as root only where root alone can.
 */
#define _GNU_SOURCE
#include <sys/wait.h>

#include "install_fixture.h"
#include "os/identity.h"
#include "other_user.h"

#define MALLORY ((uid_t)65533)

static struct staged s;

/* install_stage() has a descriptor of its own of what runs. */
static int stage(const char *source)
{
	int running = image("nginx");
	int r = install_stage(&caller, "", source, at("nginx"), running, &s, &err);

	(void)close(running);
	return r;
}

static char first_letter(int fd)
{
	char c = '?';

	return pread(fd, &c, 1, 0) == 1 ? c : '?';
}

static void examined_is_installed(void)
{
	struct file_id id;

	begin();
	same_number(stage(at("new")), 0, "staged: succeeds");
	same_number(first_letter(s.fd), 'b', "staged: the descriptor is the copy's");
	same_number(letter("nginx"), 'a', "staged: the target is as it was");
	same_number(access(at("nginx.1.18.0"), F_OK), -1, "staged: no backup yet");
	same_number(install_sweep(&caller, "", at("nginx")), 0, "staged: it is not swept");
	put("new", 'x', 0700);
	same_number(install_commit(&s, "1.18.0", backup, &err), 0,
		    "the source changes: committed all the same");
	same_number(letter("nginx"), 'b', "the source changes: what was examined stands there");
	must(file_id_of(at("nginx"), &id) == 0, "file_id_of");
	ok(file_id_equal(&id, &s.id), "committed: the id is the target's");
	same_number(letter("nginx.1.18.0"), 'a', "committed: the old one is kept");
	install_unstage(&s);
	same_text(names(), "new nginx nginx.1.18.0 ", "committed: nothing else is left");

	begin();
	must(stage(at("new")) == 0, "stage");
	same_number(install_commit(&s, "../x", backup, &err), -EINVAL,
		    "no such version: not committed");
	same_number(letter("nginx"), 'a', "no such version: the target is as it was");
	install_unstage(&s);
	same_text(names(), "new nginx ", "not committed: nothing is left");
	install_unstage(&s);
	same_number(s.fd, -1, "dropped twice: no harm");

	begin();
	must(stage(at("new")) == 0, "stage");
	must(unlink(at(s.copy.name)) == 0, "unlink");
	put(s.copy.name, 'x', 0755);
	same_number(install_commit(&s, "1.18.0", backup, &err), -ESTALE,
		    "another file has the copy's name: noticed");
	install_unstage(&s);
	same_number(letter("nginx"), 'a',
		    "another file has the copy's name: the target is as it was");
}

static void the_target_itself(void)
{
	begin();
	same_number(stage(at("nginx")), 0, "the target itself: staged");
	ok(s.in_place, "the target itself: it says so");
	same_number(first_letter(s.fd), 'a', "the target itself: there is a descriptor");
	same_text(names(), "new nginx ", "the target itself: it is not copied");
	same_number(install_commit(&s, "1.18.0", backup, &err), 0, "the target itself: committed");
	install_unstage(&s);
	same_number((long)inode("nginx"), (long)inode("nginx.1.18.0"), "the target itself: saved");
}

static void source_is(enum distrust_kind kind, const char *path, const char *source,
		      const char *name)
{
	char text[128];

	must(stage(source) == 0, source);
	(void)snprintf(text, sizeof(text), "%s: the kind", name);
	same_number(s.source.kind, kind, text);
	(void)snprintf(text, sizeof(text), "%s: the path", name);
	if (kind != DISTRUST_NONE)
		same_text(s.source.path, path, text);
	same_number(install_commit(&s, "1.18.0", backup, &err), 0, name);
	install_unstage(&s);
	same_number(letter("nginx"), 'b', name);
}

static void who_could_have_changed_it(void)
{
	char folder_path[PATH_MAX];
	struct stat st;

	begin();
	source_is(DISTRUST_NONE, "", at("new"), "root's source");
	begin();
	must(getcwd(folder_path, sizeof(folder_path)) && chdir(at("")) == 0, "chdir");
	source_is(DISTRUST_NONE, "", "new", "a source named from here");
	must(chdir(folder_path) == 0, "chdir");

	begin();
	must(mkdir(at("src"), 0755) == 0 && rename(at("new"), at("src/new")) == 0, "rename");
	must(chown(at("src"), MALLORY, MALLORY) == 0, "chown");
	source_is(DISTRUST_OWNER, at("src"), at("src/new"), "another's source tree");
	must(stat(at("nginx"), &st) == 0, "stat");
	same_number(st.st_uid, 0, "another's source tree: what is installed is root's");

	begin();
	must(chown(at("new"), MALLORY, MALLORY) == 0, "chown");
	source_is(DISTRUST_OWNER, at("new"), at("new"), "another's source");
	begin();
	must(chmod(at("new"), 0775) == 0, "chmod");
	source_is(DISTRUST_WRITABLE, at("new"), at("new"), "a source that its group can write");
}

static void become(void)
{
	must(identity_become(SOME_USER, SOME_GROUP) == 0, "identity_become");
	caller = believed_caller();
}

static void user_in_roots_folder(void)
{
	struct stat st;
	int r;

	begin();
	must(mkdir(at("home"), 0700) == 0 && rename(at("new"), at("home/new")) == 0, "rename");
	must(chown(at("home"), SOME_USER, SOME_GROUP) == 0 &&
		     chown(at("home/new"), SOME_USER, SOME_GROUP) == 0,
	     "chown");
	become();
	r = stage(at("home/new"));
	same_number(r, 0, "a user's source, root's folder: staged");
	same_number(s.source.kind, DISTRUST_NONE, "a user's source, root's folder: it is his own");
	same_number(geteuid(), SOME_USER, "a user's source, root's folder: the run is his again");
	must(stat(at(s.copy.name), &st) == 0, "stat");
	same_number(st.st_uid, 0, "a user's source, root's folder: the copy is root's");
	same_number(install_commit(&s, "1.18.0", backup, &err), 0,
		    "a user's source, root's folder: committed");
	same_number(geteuid(), SOME_USER,
		    "a user's source, root's folder: the run is his after it");
	same_number(letter("nginx"), 'b', "a user's source, root's folder: it stands there");
	install_unstage(&s);
	r = restore_binary(&caller, "", at("nginx"), image("nginx.1.18.0"), &err);
	same_number(r, 0, "root's folder: put back");
	same_number(letter("nginx"), 'a', "root's folder: the old one stands there");
	same_number(count_kept(), 0, "root's folder: its only backup is what stands there");
	same_number(geteuid(), SOME_USER, "root's folder: the run is his in the end");
}

static void users_source_that_he_may_not_read(void)
{
	begin();
	must(mkdir(at("secret"), 0700) == 0 && rename(at("new"), at("secret/new")) == 0, "rename");
	put("theirs", 'b', 0600);
	must(chown(at("theirs"), MALLORY, MALLORY) == 0, "chown");
	become();
	same_number(stage(at("secret/new")), 0, "root's own source: opened as root");
	same_number(s.source.kind, DISTRUST_NONE, "root's own source: nobody could change it");
	same_number(first_letter(s.fd), 'b', "root's own source: it is the copy");
	install_unstage(&s);
	same_number(stage(at("theirs")), -EACCES, "another's source: not opened as root");
	same_text(err.step, "open", "another's source: the step");
	same_number(geteuid(), SOME_USER, "another's source: the run is his");
}

static void user_in_his_own_folder(void)
{
	struct stat st;

	begin();
	must(chown(at(""), SOME_USER, SOME_GROUP) == 0 &&
		     chown(at("nginx"), SOME_USER, SOME_GROUP) == 0 &&
		     chown(at("new"), SOME_USER, SOME_GROUP) == 0,
	     "chown");
	become();
	must(stage(at("new")) == 0, "stage");
	same_number(install_commit(&s, "1.18.0", backup, &err), 0, "his own folder: committed");
	install_unstage(&s);
	must(stat(at("nginx"), &st) == 0, "stat");
	same_number(st.st_uid, SOME_USER, "his own folder: what stands there is his");
	same_number(st.st_gid, SOME_GROUP, "his own folder: and his group's");
	same_number(letter("nginx"), 'b', "his own folder: it is the new one");
}

static void user_where_others_can(void)
{
	begin();
	must(chown(at("nginx"), SOME_USER, SOME_GROUP) == 0 && chmod(at("new"), 0755) == 0,
	     "chown");
	become();
	same_number(stage(at("new")), -EPERM, "his file in root's folder: refused");
	same_number(err.why.kind, DISTRUST_OWNER, "his file in root's folder: the kind");
	identity_lift();
	must(chown(at("nginx"), 0, 0) == 0 && chown(at(""), MALLORY, MALLORY) == 0, "chown");
	identity_lower();
	same_number(stage(at("new")), -EPERM, "another's folder: refused");
	same_text(err.why.path, at(""), "another's folder: the path to blame");
	same_text(names(), "new nginx ", "another's folder: nothing is left");
}

int main(void)
{
	if (must_be_root())
		return tap_end();
	fixture_open();
	must(chmod(top, 0755) == 0, "chmod");
	examined_is_installed();
	the_target_itself();
	who_could_have_changed_it();
	apart(user_in_roots_folder);
	folder++;
	apart(users_source_that_he_may_not_read);
	folder++;
	apart(user_in_his_own_folder);
	folder++;
	apart(user_where_others_can);
	return fixture_close();
}
