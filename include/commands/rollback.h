/* A rollback where no handover is under way, and what it may do to the path of the binary. */
#ifndef COMMANDS_ROLLBACK_H
#define COMMANDS_ROLLBACK_H

#include "commands/restart.h"
#include "commands/session.h"
#include "nginx/builds.h"

/*
 * A handover is under way and is about to be turned back: sees to it that the path is set right
 * with it, by the link that leads there or by the file, and that no other file is lost; what cannot
 * be set right is said, and left.
 */
void rollback_prepare_path(struct session *s);

/* A restart in place of a handover. It lasts when the master that runs is gone. */
struct rollback_plan {
	struct restart_plan restart;
	char version[65]; /* of the build that is started */
	bool ready;
};

/*
 * The path is set right, or else a handover to the build that served before. The exit code; or,
 * with plan->ready, 0: that build stands at the path and was tested, and what is left is to restart
 * nginx with it, when the session has been ended.
 */
int rollback_alone(struct session *s, struct rollback_plan *plan);

/* To where a rollback would go, and among what it chooses. */
struct way_back {
	struct builds builds;
	struct served served;
	struct kept_list kept;
	struct digest running;
	char running_version[65];
	const struct kept *to;     /* NULL: nowhere */
	int line;                  /* of the record; -1: it is not in it */
	bool forward;              /* nothing further back is kept: a rollback has left this one */
	size_t passed[SERVED_MAX]; /* lines of builds that were passed over: no file of them */
	size_t passed_count;
	bool unsure; /* no record, and more than one to choose from */
};

/*
 * Fills all of it for the build behind `running`, whose builds these are. A way back is large:
 * static storage.
 */
int way_back_find(const struct builds *b, int running, struct way_back *ret);

/* The same for a build of which the bytes are known. */
void way_back_read(const struct builds *b, const struct digest *running, struct way_back *ret);

/*
 * The one that is meant by a version, or by the name or path of a file. How many different builds
 * it may be; w->to is one of them.
 */
size_t way_back_named(struct way_back *w, const char *what);

/* "1.18.0 (/usr/sbin/nginx.1.18.0), ..." Returns ret. */
const char *way_back_list(const struct way_back *w, const char *what, char *ret, size_t size);

/*
 * The handover to w->to was refused because of the master. Whether a restart would do it is tried
 * out, before anything is changed: the build is tested with the configuration as a start does that.
 * Then that is advised, or, where it was asked for, prepared: plan->ready. The exit code.
 */
int rollback_by_restart(struct session *s, const struct way_back *w, struct rollback_plan *plan);

/* Stops and starts; no session. The exit code, with everything said. */
int rollback_restart_now(const struct rollback_plan *plan);

/* Whether a file that is put at the path would go into another version's folder, by ret_link. */
bool rollback_leads_into_version(const struct builds *b, char ret_link[PATH_MAX]);

/* A rollback does not replace one. */
bool rollback_is_script(const char *path);

#endif
