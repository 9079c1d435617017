/*
 * What stands in the way of a handover, at the desk: each obstacle is found before any signal, by
 * its own words and exit code, and without one there is none.
 */
#define _GNU_SOURCE
#include "core/preflight.h"
#include "desk_fixture.h"
#include "fake_nginx.h"
#include "init/init.h"

static char title[PATH_MAX + 256];
static char conf[PATH_MAX];
static char usual[2 * PATH_MAX + 128]; /* --conf-path and --pid-path of the running build */
static char pid_line[PATH_MAX + 16];
static char new_path[PATH_MAX];

static struct world world;
static struct preflight p;

static struct fake_nginx build(const char *name_and_version)
{
	struct fake_nginx f = fake_nginx(name_and_version, folder, usual, pid_line);

	return f;
}

static void install_usual(void)
{
	struct fake_nginx f = build("nginx/1.18.0");

	(void)fake_nginx_at("nginx", &f);
	f = build("nginx/1.22.1");
	(void)fake_nginx_at("src-nginx", &f);
}

/* The new binary answers so. */
static void install_new(const struct fake_nginx *f)
{
	(void)fake_nginx_at("src-nginx", f);
}

static void serve(void)
{
	(void)snprintf(title, sizeof(title), "nginx: master process %s/nginx", folder);
	one_generation();
	old->title = title;
	desk_write();
}

static struct init nobody; /* no init system */

/* Of the world that stands at the desk now. */
static bool check(const char *new_binary)
{
	struct world_found found;

	must(desk_world(&world, &found), "the desk's world");
	preflight_init(&p);
	p.world = &world;
	p.init = &nobody;
	p.new_binary = new_binary;
	p.wake_fd = -1;
	return preflight(&p);
}

static void done(void)
{
	preflight_free(&p);
	world_close(&world);
	desk_empty();
	install_usual();
}

static void told(enum exit_code exit_code, const char *text, const char *name)
{
	size_t i;
	bool found = false;

	for (i = 0; i < p.problems.count; i++) {
		const struct problem *problem = &p.problems.list[i];

		found = found || (problem->exit_code == exit_code && strstr(problem->text, text) &&
				  problem->advice[0]);
	}
	ok(found, name);
	for (i = 0; !found && i < p.problems.count; i++)
		tap_line("# told: ", p.problems.list[i].text);
}

/* One that is told when the new binary is to be installed. */
static void refused(int exit_code, const char *text, const char *name)
{
	(void)check(new_path);
	told(exit_code, text, name);
	done();
}

static unsigned files_in_folder(void)
{
	DIR *dir = opendir(folder);
	unsigned count = 0;

	must(dir != NULL, folder);
	while (readdir(dir))
		count++;
	(void)closedir(dir);
	return count;
}

static void nothing_in_the_way(void)
{
	unsigned files;

	serve();
	files = files_in_folder();
	ok(check(new_path), "nothing stands in the way of a new binary");
	if (p.problems.count)
		tap_line("# told: ", p.problems.list[0].text);
	ok(p.have_old_build && p.have_new_build && !p.one_build, "both builds are known");
	same_text(p.old_build.version, "1.18.0", "the old one");
	same_text(p.new_build.version, "1.22.1", "and the new one");
	ok(p.staged.fd >= 0 && files_in_folder() == files + 1, "it is copied beside the old one");
	ok(!world.new_pid_file.path[0], "the pid file stays the same");
	preflight_free(&p);
	same_number(files_in_folder(), files, "and the copy is dropped in the end");
	done();

	serve();
	ok(check(NULL), "nor of the file that stands there");
	ok(p.one_build && p.program.fd >= 0 && p.staged.fd < 0, "which is the one that runs");
	done();
}

static void another_pid_file(void)
{
	struct fake_nginx f;
	char dump[PATH_MAX + 32];

	(void)snprintf(dump, sizeof(dump), "pid %s/other.pid;\n", folder);
	f = fake_nginx("nginx/1.22.1", folder, usual, dump);
	install_new(&f);
	serve();
	ok(check(new_path), "a configuration with another pid file");
	ok(strstr(world.new_pid_file.path, "/other.pid") != NULL, "is watched there");
	done();
}

static void builds(void)
{
	struct fake_nginx f = build("nginx/1.22.1");

	f.version[0] = '\0';
	install_new(&f);
	serve();
	refused(EXIT_REFUSED, "it exited with 1 and said nothing", "a new binary that fails");

	f = build("nginx/1.22.1");
	(void)snprintf(f.version, sizeof(f.version), "hello\n");
	install_new(&f);
	serve();
	refused(EXIT_REFUSED, "is not what an nginx answers", "one that is no nginx");

	f = build("nginx/1.22.1");
	f.test_code = 1;
	(void)snprintf(f.words, sizeof(f.words),
		       "nginx: [emerg] unknown directive \"x\" in nginx.conf:1\n"
		       "nginx: configuration file nginx.conf test failed\n");
	install_new(&f);
	serve();
	refused(EXIT_CONFIG, "refuses the configuration", "one that refuses the configuration");

	(void)snprintf(f.words, sizeof(f.words), "nginx: invalid option: \"e\"\n");
	install_new(&f);
	serve();
	refused(EXIT_CONFIG, "does not know an option", "one that does not know an option");

	f = fake_nginx("nginx/1.22.1", "/opt/other", usual, pid_line);
	install_new(&f);
	serve();
	refused(EXIT_REFUSED, "another prefix compiled in: /opt/other", "one with another prefix");

	f = fake_nginx("nginx/1.22.1", folder, "--conf-path=/etc/other.conf", pid_line);
	install_new(&f);
	serve();
	refused(EXIT_REFUSED, "another configuration path", "one with another configuration");

	f = build("Angie/1.5.0");
	(void)snprintf(f.version, sizeof(f.version),
		       "Angie version: Angie/1.5.0\nnginx version: nginx/1.25.5\n"
		       "configure arguments: --prefix=%s\n",
		       folder);
	install_new(&f);
	serve();
	refused(EXIT_REFUSED, "cannot take over from", "another flavour, which takes no sockets");
}

static void configurations(void)
{
	struct fake_nginx f = fake_nginx("nginx/1.22.1", folder, usual, "daemon off;\n");

	install_new(&f);
	serve();
	refused(EXIT_REFUSED, "\"daemon off\"", "daemon off");

	f = fake_nginx("nginx/1.22.1", folder, usual, "master_process off;\n");
	install_new(&f);
	serve();
	refused(EXIT_REFUSED, "\"master_process off\"", "master_process off");

	serve();
	(void)strcat(title, " -g daemon off;");
	desk_write();
	refused(EXIT_REFUSED, "\"daemon off\"", "daemon off in -g");
}

static void files(void)
{
	static char other[PATH_MAX];

	(void)snprintf(other, sizeof(other), "%s/none", folder);
	serve();
	(void)check(other);
	told(EXIT_REFUSED, "No such file", "a new binary that is not there");
	done();

	(void)folder_file("empty", "", 0, 0755);
	(void)snprintf(other, sizeof(other), "%s/empty", folder);
	serve();
	(void)check(other);
	told(EXIT_REFUSED, "it is empty", "an empty one");
	done();

	(void)folder_file("plain", "x", 1, 0644);
	(void)snprintf(other, sizeof(other), "%s/plain", folder);
	serve();
	(void)check(other);
	told(EXIT_REFUSED, "it is not executable", "one that is not executable");
	done();

	serve();
	(void)check(folder);
	told(EXIT_REFUSED, "it is not a regular file", "a folder");
	done();

	serve();
	must(chmod(folder_path("nginx"), 0775) == 0, "chmod");
	must(desk_world(&world, &(struct world_found){0}) == false, "a writable image");
	must(chmod(folder_path("nginx"), 0755) == 0, "chmod");
	world_close(&world);
	must(chmod(folder, 0777) == 0, "chmod");
	(void)check(new_path);
	told(EXIT_REFUSED, "can change what is in it", "a folder that everybody may write");
	must(chmod(folder, 0700) == 0, "chmod");
	done();
}

static void said_otherwise(void)
{
	struct world_found found;

	serve();
	must(desk_world(&world, &found), "the desk's world");
	preflight_init(&p);
	p.world = &world;
	p.init = &nobody;
	p.nginx = "/usr/sbin/none";
	p.wake_fd = -1;
	ok(!preflight(&p), "another path than the user says");
	told(EXIT_REFUSED, "executes", "is told");
	done();
}

static void the_master(void)
{
	char status[1024];

	serve();
	(void)snprintf(title, sizeof(title), "nginx: master process nginx");
	desk_write();
	refused(EXIT_REFUSED, "without a path", "a master that was started without a path");

	serve();
	(void)snprintf(title, sizeof(title), "nginx: master process /no/such/nginx");
	desk_write();
	refused(EXIT_REFUSED, "cannot be reached", "one whose binary cannot be reached");

	serve();
	(void)snprintf(title, sizeof(title), "angie: master process v1.5.0 #1 [%s/nginx -c x",
		       folder);
	desk_write();
	refused(EXIT_REFUSED, "does not show all its arguments", "a title that is cut");

	serve();
	old->parent = getpid();
	desk_write();
	refused(EXIT_REFUSED, "it did not daemonise", "one that did not daemonise");

	serve();
	(void)snprintf(
		status, sizeof(status),
		"Name:\tnginx\nState:\tS\nTgid:\t%d\nUid:\t%u\t%u\t%u\t%u\nGid:\t0\t0\t0\t0\n"
		"Groups:\t\nSigPnd:\t0\nShdPnd:\t0\nSigBlk:\t0\nSigIgn:\t%llx\nCapInh:\t0\n"
		"CapPrm:\t3fffffffff\nCapBnd:\t3fffffffff\n",
		(int)old->pid, geteuid(), geteuid(), geteuid(), geteuid(),
		(unsigned long long)SIGNAL_BIT(SIGUSR2));
	desk_text(old->pid, "status", status);
	refused(EXIT_REFUSED, "ignores USR2", "one that ignores USR2");
}

static void memory(void)
{
	static const char meminfo[] = "MemTotal: 9\nMemAvailable: 1024 kB\nSwapFree: 0 kB\n";
	char status[1024];

	serve();
	(void)folder_file("proc/meminfo", meminfo, strlen(meminfo), 0644);
	(void)snprintf(
		status, sizeof(status),
		"Name:\tnginx\nState:\tS\nTgid:\t%d\nUid:\t%u\t%u\t%u\t%u\nGid:\t0\t0\t0\t0\n"
		"Groups:\t\nSigPnd:\t0\nShdPnd:\t0\nSigBlk:\t0\nSigIgn:\t0\nCapInh:\t0\n"
		"CapPrm:\t3fffffffff\nCapBnd:\t3fffffffff\nVmRSS:\t8192 kB\nRssAnon:\t8192 kB\n",
		(int)old->pid, geteuid(), geteuid(), geteuid(), geteuid());
	desk_text(old->pid, "status", status);
	refused(EXIT_REFUSED, "fit in memory", "no memory for two generations");
	(void)unlink(folder_path("proc/meminfo"));
}

/* A second master takes a part of the clients, with the old binary, for ever. */
static void neighbours(void)
{
	struct desk_process *second;

	serve();
	second = desk_start(NULL, title);
	desk_write();
	(void)check(new_path);
	told(EXIT_REFUSED, "more of nginx serves beside master", "a second master");
	ok(second->pid > 0, "it lives on");
	done();
}

static void interrupted(void)
{
	struct world_found found;
	int pair[2];

	serve();
	must(pipe(pair) == 0 && write(pair[1], "x", 1) == 1, "a pipe");
	must(desk_world(&world, &found), "the desk's world");
	preflight_init(&p);
	p.world = &world;
	p.init = &nobody;
	p.new_binary = new_path;
	p.wake_fd = pair[0];
	ok(!preflight(&p) && p.interrupted, "Ctrl-C while the binaries are asked");
	(void)close(pair[0]);
	(void)close(pair[1]);
	done();
}

static void many_problems(void)
{
	static struct problems many;
	int i;

	for (i = 0; i < PROBLEMS_MAX + 5; i++)
		problem_advise(problem_add(&many, i, "problem %d", i), "mend %d", i);
	same_number(many.count, PROBLEMS_MAX, "no more are kept than there is room for");
	same_text(many.list[0].text, "problem 0", "the first is the first");
	same_text(many.list[0].advice, "mend 0", "with its advice");
}

int main(int argc, char **argv)
{
	fake_nginx_answers(argc, argv);
	must(init_begin(&nobody, "none", NULL) == 0, "no init system");
	desk_open();
	(void)snprintf(conf, sizeof(conf), "%s/nginx.conf", folder);
	(void)snprintf(new_path, sizeof(new_path), "%s/src-nginx", folder);
	(void)snprintf(usual, sizeof(usual), "--conf-path=%s --pid-path=%s", conf, desk.pid_path);
	(void)snprintf(pid_line, sizeof(pid_line), "pid %s;\n", desk.pid_path);
	(void)folder_file("nginx.conf", pid_line, strlen(pid_line), 0644);
	install_usual();
	nothing_in_the_way();
	another_pid_file();
	builds();
	configurations();
	files();
	said_otherwise();
	the_master();
	memory();
	neighbours();
	interrupted();
	many_problems();
	desk_close();
	return tap_end();
}
