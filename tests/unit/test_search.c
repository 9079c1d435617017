/*
 * Which masters are found at the desk, and which pid file and configuration is theirs; who serves
 * beside them.
 */
#define _GNU_SOURCE
#include "core/passed_on.h"
#include "core/search.h"
#include "core/strays.h"
#include "core/workers.h"
#include "desk_fixture.h"
#include "fake_nginx.h"

static char title[PATH_MAX + 64]; /* of a master that runs from the folder */
static char binary[PATH_MAX];
static char conf[PATH_MAX];
static struct search found;

static const struct believed root_alone = {0, NO_USER, NO_GROUP};

static void write_conf(const char *text)
{
	(void)folder_file("nginx.conf", text, strlen(text), 0644);
}

/* A configuration that names the desk's pid file. */
static void write_conf_with_pid(void)
{
	char text[PATH_MAX + 32];

	(void)snprintf(text, sizeof(text), "pid %s;\n", desk.pid_path);
	write_conf(text);
}

static void install(const char *dump)
{
	char more[2 * PATH_MAX + 64];
	struct fake_nginx f;

	(void)snprintf(more, sizeof(more), "--conf-path=%s --pid-path=%s/built.pid", conf, folder);
	f = fake_nginx("nginx/1.18.0", folder, more, dump);
	(void)fake_nginx_at("nginx", &f);
}

static void serve(void)
{
	one_generation();
	old->title = title;
	desk_write();
}

static struct believed user(void)
{
	struct believed b = {geteuid(), NO_USER, NO_GROUP};

	return b;
}

static void search_for(const char *pid_path, const char *const *binaries, const char *name)
{
	memset(&found, 0, sizeof(found));
	found.believed = user();
	found.pid_path = pid_path;
	found.binaries = binaries;
	same_number(search_masters(&found), 0, name);
}

static void masters(void)
{
	const char *const its[] = {binary, NULL};
	const char *const others[] = {"/usr/sbin/nginx", NULL};
	struct desk_process *second;

	serve();
	search_for(NULL, NULL, "any master");
	ok(found.count == 1 && found.masters[0].pid == old->pid && !found.strangers, "one");
	same_text(found.masters[0].binary, binary, "and what it was started as");
	search_for(NULL, its, "one that runs from there");
	same_number(found.count, 1, "it does");
	search_for(NULL, others, "one that runs from elsewhere");
	ok(!found.count && found.strangers == 1 && found.stranger.pid == old->pid, "a stranger");
	second = desk_start(old, title);
	desk_write();
	search_for(NULL, NULL, "the two of a handover");
	ok(found.count == 1 && found.masters[0].pid == old->pid, "are one nginx");
	second->parent = 1;
	second->uid = geteuid() + 1;
	desk_write();
	search_for(NULL, NULL, "another user's master");
	ok(found.count == 1 && found.of_users == 1, "is counted apart");
	second->uid = geteuid();
	(void)folder_file("writable", "x", 1, 0666);
	must(chmod(folder_path("writable"), 0666) == 0, "chmod");
	second->image = "writable";
	desk_write();
	search_for(NULL, NULL, "a master whose binary others can change");
	ok(found.count == 1 && found.distrusted == second->pid, "is not trusted");
	second->image = "nginx";
	second->title = binary;
	desk_write();
	search_for(NULL, NULL, "an nginx without its title");
	ok(found.count == 1 && found.starting == second->pid, "starts");
	second->title = title;
	desk_write();
	desk_link(second->pid, "ns/pid", folder);
	desk_text(second->pid, "status",
		  "Name:\tx\nState:\tS\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nNSpid:\t77\t5\n"
		  "SigBlk:\t0\nCapBnd:\t0\n");
	found.wanted = 5;
	same_number(search_masters(&found), 0, "a master in a container");
	if (geteuid() == 0)
		same_number(found.in_container, second->pid, "that has the wanted number there");
	desk_write();
	desk_link(second->pid, "exe", "/no/such/file");
	desk_link(second->pid, "ns/user", "/no/such/file");
	same_number(search_masters(&found), 0, "a master that goes in this moment");
	same_number(found.count, 1, "is not found");
	desk_empty();
}

static void pid_files(void)
{
	char path[PATH_MAX] = "";
	struct believed b = user();

	write_conf_with_pid();
	serve();
	ok(search_pid_path(old->pid, &b, path), "its pid file is known");
	same_text(path, desk.pid_path, "from its configuration");
	search_for(desk.pid_path, NULL, "the master of this pid file");
	same_number(found.count, 1, "is found");
	search_for(folder_path("other.pid"), NULL, "that of another");
	ok(!found.count && found.strangers == 1, "is not");
	write_conf("events { }\n");
	ok(search_pid_path(old->pid, &b, path), "without a pid line");
	ok(strstr(path, "/built.pid") != NULL, "what is compiled in counts");
	write_conf("include more.conf;\nevents { }\n");
	ok(search_pid_path(old->pid, &b, path), "a configuration that includes others");
	ok(strstr(path, "/dumped.pid") != NULL, "nginx is asked itself");
	ok(!search_pid_path(1, &b, path), "of no master there is none");
	/* The line is newer than the master, which has its number where it was built for. */
	write_conf("pid newer.pid;\n");
	desk_pid_file("built.pid", old->pid);
	ok(search_pid_path(old->pid, &b, path), "a pid line that is newer than the master");
	ok(strstr(path, "/built.pid") != NULL, "leads nowhere");
	search_for(folder_path("built.pid"), NULL, "by what is compiled in");
	same_number(found.count, 1, "it is found");
	(void)unlink(folder_path("built.pid"));
	desk_empty();
}

static void configurations(void)
{
	struct believed b = user();

	write_conf_with_pid();
	serve();
	ok(search_has_conf(old->pid, &b, NULL), "it has the one that is compiled in");
	ok(search_has_conf(old->pid, &b, conf), "which is this");
	ok(!search_has_conf(old->pid, &b, "/etc/other.conf"), "and no other");
	ok(!search_has_conf(1, &b, NULL), "nobody has none");
	desk_empty();
}

static struct world world;

static void open_world(void)
{
	struct world_found seen;

	must(desk_world(&world, &seen), "the desk's world");
}

static const char *told(const struct strays *s)
{
	static char text[512];

	return strays_text(s, text, sizeof(text));
}

static bool is_proven(const struct stray *stray)
{
	return stray->proven;
}

static void second_masters(void)
{
	static char other_start[PATH_MAX + 128];
	static struct strays strays;
	struct desk_process *second;
	char want[128];

	(void)snprintf(other_start, sizeof(other_start), "%s -g user", title);
	serve();
	second = desk_start(NULL, title);
	second->port = 81;
	desk_write();
	open_world();
	same_number(strays_find(&world, 0, "", &strays), 0, "a second master of the same words");
	ok(strays.count == 1 && strays.list[0].master && strays.list[0].proven, "is proven");
	(void)snprintf(want, sizeof(want), "of the same binary and configuration: master %d",
		       (int)second->pid);
	same_text(told(&strays), want, "and named");
	second->title = other_start;
	desk_write();
	same_number(strays_find(&world, 0, "", &strays), 0, "started with other words");
	same_number(strays.count, 0, "and with another port: another nginx");
	second->port = 80;
	desk_write();
	same_number(strays_find(&world, 0, "", &strays), 0, "at the same address");
	ok(strays.count == 1 && strays.list[0].in_the_way, "it is in the way");
	world_close(&world);
	desk_empty();
}

static void workers_alone(void)
{
	static struct strays strays;
	struct desk_process *orphan, *elsewhere;
	struct generation g;
	char want[128];

	serve();
	orphan = desk_start(old, WORKER_TITLE);
	orphan->parent = 1;
	elsewhere = desk_start(NULL, WORKER_TITLE);
	elsewhere->port = 8080;
	desk_write();
	open_world();
	same_number(strays_find(&world, 0, "", &strays), 0, "workers whose master is dead");
	same_number(strays.count, 2, "are found");
	(void)snprintf(want, sizeof(want),
		       "of a master that is dead: worker %d; of some master that is dead, of this "
		       "nginx or another: worker %d",
		       (int)orphan->pid, (int)elsewhere->pid);
	same_text(told(&strays), want, "and told apart by their sockets");
	strays_keep(&strays, is_proven);
	ok(strays.count == 1 && strays.list[0].process.pid == orphan->pid, "those that are proven");
	same_number(strays_adopt_workers(&strays, &g), 0, "are taken");
	ok(g.count == 1 && g.workers[0].pid == orphan->pid, "as a generation");
	generation_end(&g);
	same_number(strays_adopt_workers(&strays, &g), 0, "and again");
	same_number(g.count, 0, "once");
	generation_end(&g);
	elsewhere->title = LEAVING_TITLE;
	elsewhere->image = "nginx.new";
	desk_write();
	same_number(strays_find(&world, 0, "", &strays), 0, "one that executes another file");
	same_number(strays.count, 1, "is none of ours");
	world_close(&world);
	desk_empty();
}

/* No master is left, but its number, and where the configuration listens. */
static void proven_by_the_configuration(void)
{
	static struct strays strays;
	struct program program = PROGRAM_NONE;
	struct believed b = user();
	struct distrust why;
	struct actor actor = actor_ourselves();
	struct config_test t = {.program = &program, .as = &actor, .wake_fd = -1};
	struct desk_process *orphan = desk_start(NULL, WORKER_TITLE);
	struct desk_process *elsewhere = desk_start(NULL, WORKER_TITLE);

	elsewhere->port = 8080;
	desk_write();
	world_init(&world);
	world.believed = b;
	same_number(strays_find(&world, 0, binary, &strays), 0, "workers, and no master");
	ok(strays.count == 2 && !strays.list[0].proven && !strays.list[1].proven, "unproven");
	must(program_at(&root_alone, "", binary, &program, &why) == 0, binary);
	strays_prove(&strays, &world, &t, desk.pid_path);
	strays_keep(&strays, is_proven);
	ok(strays.count == 1 && strays.list[0].process.pid == orphan->pid,
	   "who listens where the configuration says is of this nginx");
	program_close(&program);
	desk_empty();
}

static void what_passes_on(void)
{
	static const char environment[] = "LD_LIBRARY_PATH=/x\0HOME=/root\0TZ=UTC";
	char loader[] = "LD_LIBRARY_PATH=/x";
	char home[] = "HOME=/root";
	char *matters[] = {home, loader, NULL};
	char *does_not[] = {home, NULL};
	struct build_info b;
	struct actor as;
	char text[512];

	ok(passed_on_matters(matters), "the loader's variables matter");
	ok(!passed_on_matters(does_not), "others do not");
	ok(!passed_on_matters(NULL), "nor do none");
	write_conf("env LD_LIBRARY_PATH;\nenv GIVEN=1;\nevents { }\n");
	serve();
	(void)folder_file(desk_name(old->pid, "environ"), environment, sizeof(environment), 0644);
	open_world();
	(void)snprintf(text, sizeof(text),
		       "nginx version: nginx/1.18.0\nconfigure arguments: --prefix=%s "
		       "--conf-path=%.200s\n",
		       folder, conf);
	must(build_info_parse(text, strlen(text), &b) == 0, "a build");
	as = passed_on(&world.old_master, &b);
	ok(as.environment && as.environment[0] && as.environment[1] && as.environment[2] &&
		   !as.environment[3],
	   "what the configuration names passes on, and TZ");
	actor_free(&as);
	as = passed_on(&world.old_master, NULL);
	ok(as.environment && as.environment[0] && !as.environment[1], "without it only TZ");
	actor_free(&as);
	build_info_free(&b);
	world_close(&world);
	desk_empty();
}

int main(int argc, char **argv)
{
	fake_nginx_answers(argc, argv);
	desk_open();
	(void)snprintf(binary, sizeof(binary), "%s/nginx", folder);
	(void)snprintf(title, sizeof(title), "nginx: master process %s", binary);
	(void)snprintf(conf, sizeof(conf), "%s/nginx.conf", folder);
	install("pid dumped.pid;\nevents { }\nhttp { server { listen 127.0.0.1:80; } }\n");
	masters();
	pid_files();
	configurations();
	second_masters();
	workers_alone();
	proven_by_the_configuration();
	what_passes_on();
	desk_close();
	return tap_end();
}
