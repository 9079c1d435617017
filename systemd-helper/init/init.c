/* Chooses the adapter. What an adapter has no function for is nothing to its init system. */
#include <stddef.h>
#include <string.h>

#include "init/init.h"
#include "init/systemd_untold.h"

/* A container's own pid 1, a private nginx, --init none: nobody wants to know. */
static const struct init_ops none = {.name = "none"};

static const struct init_ops *const adapters[] = {&init_systemd, &init_sysv, &none};

static const struct init_ops *chosen = &none;
static const char *service_name;
static bool stands_alone;

void init_choose(const char *which, const char *service)
{
	bool any = strcmp(which, "auto") == 0;
	size_t i;

	service_name = service;
	for (i = 0; i < sizeof(adapters) / sizeof(adapters[0]); i++) {
		if (any ? adapters[i]->detect && !adapters[i]->detect()
			: strcmp(which, adapters[i]->name) != 0)
			continue;
		chosen = adapters[i];
		return;
	}
}

const char *init_service(void)
{
	return service_name ? service_name : "nginx";
}

bool init_has_service(void)
{
	return service_name != NULL;
}

int init_announce(const char *verb)
{
	return chosen->announce ? chosen->announce(verb) : 0;
}

void init_conclude(int code)
{
	if (chosen->conclude)
		chosen->conclude(code);
}

int init_state(pid_t master, int code)
{
	return chosen->state ? chosen->state(master, code) : code;
}

void init_open(void)
{
	if (chosen->open)
		chosen->open();
}

void init_attach(pid_t master)
{
	if (chosen->attach)
		chosen->attach(master);
}

void init_prepare(void)
{
	if (chosen->prepare)
		chosen->prepare();
}

int init_fd(void)
{
	return chosen->fd ? chosen->fd() : -1;
}

void init_follow(const struct init_round *round)
{
	if (chosen->follow)
		chosen->follow(round);
}

bool init_is_behind(pid_t old_master)
{
	return chosen->is_behind && chosen->is_behind(old_master);
}

const char *init_clings_to(pid_t old_master)
{
	return chosen->clings_to ? chosen->clings_to(old_master) : NULL;
}

const char *init_obstacle(pid_t master)
{
	if (chosen->obstacle)
		return chosen->obstacle(master);
	return init_systemd.detect() ? systemd_obstacle_untold(master) : NULL;
}

bool init_stop_asked(bool signalled)
{
	return chosen->stop_asked && chosen->stop_asked(signalled);
}

bool init_is_part(void)
{
	return !stands_alone && chosen->is_part && chosen->is_part();
}

bool init_may_be_ours(pid_t master)
{
	return stands_alone || !chosen->may_be_ours || chosen->may_be_ours(master);
}

bool init_pid_file(char *ret, size_t size)
{
	return !stands_alone && chosen->pid_file && chosen->pid_file(ret, size);
}

bool init_is_control(void)
{
	return chosen->is_control && chosen->is_control();
}

void init_patience(uint64_t us)
{
	if (chosen->patience)
		chosen->patience(us);
}

bool init_time_left(uint64_t *ret_us)
{
	return chosen->time_left && chosen->time_left(ret_us);
}

bool init_waits_for(pid_t holder)
{
	return chosen->waits_for && chosen->waits_for(holder);
}

const char *init_not_ours(void)
{
	return chosen->not_ours ? chosen->not_ours() : NULL;
}

void init_examine(const struct init_plan *plan, init_finding_fn *fn, void *arg)
{
	if (chosen->examine)
		chosen->examine(plan, fn, arg);
}

void init_status(const char *text)
{
	if (chosen->status)
		chosen->status(text);
}

void init_settle(const struct init_end *end)
{
	if (chosen->settle)
		chosen->settle(end);
}

bool init_kills_on_failure(void)
{
	return chosen->kills_on_failure && chosen->kills_on_failure();
}

bool init_stop_is_wanted(void)
{
	return chosen->stop_is_wanted && chosen->stop_is_wanted();
}

void init_found(bool runs)
{
	if (chosen->found)
		chosen->found(runs);
}

void init_started(pid_t master, const char *status)
{
	if (chosen->started)
		chosen->started(master, status);
}

void init_stopped(void)
{
	if (chosen->stopped)
		chosen->stopped();
}

enum init_job init_start(const char *pid_path, uint64_t timeout_us, int *ret_code)
{
	return chosen->start ? chosen->start(pid_path, timeout_us, ret_code) : INIT_JOB_OURS;
}

enum init_job init_stop(pid_t old_master, pid_t new_master, uint64_t timeout_us)
{
	return chosen->stop ? chosen->stop(old_master, new_master, timeout_us) : INIT_JOB_OURS;
}

bool init_believes(pid_t master, struct init_belief *ret)
{
	return chosen->believes && chosen->believes(master, ret);
}

bool init_look_down(const char *nginx, struct init_down *ret)
{
	return chosen->down && chosen->down(nginx, ret);
}

enum init_job init_start_again(uint64_t timeout_us)
{
	return chosen->start_again ? chosen->start_again(timeout_us) : INIT_JOB_OURS;
}

enum init_job init_background(const struct init_background *what)
{
	return chosen->background ? chosen->background(what) : INIT_JOB_OURS;
}

void init_stand_alone(void)
{
	stands_alone = true;
}

void init_close(void)
{
	if (chosen->close)
		chosen->close();
}
