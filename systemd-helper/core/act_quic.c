/* The actions that are done for HTTP/3 alone. A failure of one is no reason to spoil a handover. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/act_quic.h"
#include "core/decide.h"
#include "core/run.h"
#include "core/world.h"
#include "nginx/quic_fresh.h"
#include "nginx/quic_heal.h"
#include "nginx/quic_steer.h"
#include "nginx/title.h"
#include "os/process.h"
#include "trust/subject.h"
#include "trust/usr2_fresh.h"

static void add_healed(struct quic_healed *sum, const struct quic_healed *more)
{
	sum->healed += more->healed;
	sum->entries += more->entries;
	(void)snprintf(sum->step, sizeof(sum->step), "%s", more->step);
	if (more->where[0])
		(void)snprintf(sum->where, sizeof(sum->where), "%s", more->where);
}

int act_heal(struct run *run)
{
	const struct world *w = &run->world;
	const struct generation *g = run->facts.old.alive ? &w->old : &w->new;
	struct quic_healed healed;
	pid_t *readers;
	size_t count;
	int r = world_workers(w, &readers, &count);

	if (r < 0)
		return r;
	r = quic_heal(&g->subject, readers, count, &healed);
	free(readers);
	add_healed(&run->healed, &healed);
	return r;
}

/* Notes the result. The next look asks the kernel again in any case. */
static int note_steer(struct run *run, int r, const struct quic_steer *s)
{
	run->steer = *s;
	run->world.led_of = 0;
	return r;
}

static struct quic_steer failed_at(const char *step)
{
	struct quic_steer s = {.step = step};

	return s;
}

int act_steer(struct run *run)
{
	const struct generation *g = &run->world.old;
	struct quic_steer s;
	pid_t *workers;
	size_t count;
	int r = generation_titled(g, TITLE_WORKER, &workers, &count);

	if (r < 0)
		return r;
	r = quic_steer_attach(&g->subject, workers, count, run->flows, &s);
	free(workers);
	run->fresh = !r && s.fresh;
	return note_steer(run, r, &s);
}

/* Goes on without the program, as with QUIC=heal. */
static void without_steering(struct run *run, int error, const char *step)
{
	run->act_error = error;
	(void)act_unsteer(run);
	run->steer = failed_at(step);
	run->events->without(run, ACT_STEER);
}

int act_usr2_fresh(struct run *run)
{
	const struct world *w = &run->world;
	struct usr2_freshened how = {.step = ""};
	int r = quic_fresh_usr2(&w->old.subject, &w->wanted_image, &how);

	if (r && r != -ESRCH)
		without_steering(run, r, how.step);
	else if (!r && how.error)
		without_steering(run, how.error, how.step);
	return r;
}

int act_switch(struct run *run, enum quic_steer_to to)
{
	const struct world *w = &run->world;
	const struct subject *new_master = run->facts.new.alive ? &w->new.subject : NULL;
	struct quic_steer s;
	pid_t *workers;
	size_t count;
	int r = generation_titled(&w->new, TITLE_WORKER, &workers, &count);

	if (r < 0)
		return r;
	r = quic_steer_switch(&w->old.subject, new_master, workers, count, to, &s);
	free(workers);
	run->led = !r && to == QUIC_STEER_NEW;
	/* QUIT cuts clients whose handshake has just begun (nginx: ngx_quic_input_handler). */
	if (!r && to == QUIC_STEER_BACK && new_master)
		process_wait(&new_master->process, HANDSHAKE_US);
	return note_steer(run, r, &s);
}

/* Detaches our program from the sockets of the generation that stays. */
int act_unsteer(struct run *run)
{
	const struct world *w = &run->world;
	bool new_stays = run->ask.goal == GOAL_FORWARD && run->facts.new.alive;
	const struct generation *g = new_stays || !run->facts.old.alive ? &w->new : &w->old;
	struct quic_steer s;
	int r = quic_steer_detach(&g->subject, &s);

	return note_steer(run, r, &s);
}
