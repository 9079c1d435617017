/*
 * Switches between root and an ordinary user. The kernel keeps the ids for the whole process; here
 * is only stored which user to return to, and how many lifts are open.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/compat.h"
#include "os/identity.h"

static struct {
	bool became;
	uid_t uid;
	gid_t gid;
	unsigned lifted;
} self;

/* The group first: an ordinary user cannot change it. */
static int set_ids(uid_t uid, gid_t gid, uid_t saved_uid, gid_t saved_gid)
{
	if (setresgid(gid, gid, saved_gid) < 0 || setresuid(uid, uid, saved_uid) < 0)
		return -errno;
	return 0;
}

/*
 * Whether the ids are these, and no capability is left. A process that was started with
 * SECBIT_NO_SETUID_FIXUP would keep all its capabilities.
 */
static bool is_as(uid_t uid, gid_t gid, uid_t saved_uid, gid_t saved_gid)
{
	struct capabilities caps;
	uid_t u[3];
	gid_t g[3];

	return getresuid(&u[0], &u[1], &u[2]) == 0 && getresgid(&g[0], &g[1], &g[2]) == 0 &&
	       u[0] == uid && u[1] == uid && u[2] == saved_uid && g[0] == gid && g[1] == gid &&
	       g[2] == saved_gid && compat_capget(&caps) == 0 && caps.effective == 0 &&
	       (saved_uid == 0 || caps.permitted == 0);
}

/*
 * Becomes the user, with root as the saved id. Before Linux 3.1 setresuid(2) fails with EAGAIN if
 * the user has as many processes as our limit allows. That limit is meant for new processes, not
 * for this one, so it is lifted for the call.
 */
static int go_down(uid_t uid, gid_t gid)
{
	static const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
	struct rlimit own;
	int r = set_ids(uid, gid, 0, 0);

	if (r == -EAGAIN && getrlimit(RLIMIT_NPROC, &own) == 0 &&
	    setrlimit(RLIMIT_NPROC, &none) == 0) {
		r = set_ids(uid, gid, 0, 0);
		(void)setrlimit(RLIMIT_NPROC, &own);
	}
	return r == 0 && !is_as(uid, gid, 0, 0) ? -EPERM : r;
}

int identity_become(uid_t uid, gid_t gid)
{
	int r;

	if (uid == 0 || uid == (uid_t)-1 || gid == (gid_t)-1)
		return -EINVAL;
	if (self.became)
		return self.uid == uid && self.gid == gid ? 0 : -EALREADY;
	if (geteuid() != 0)
		return geteuid() == uid ? 0 : -EPERM;
	if (setgroups(1, &gid) < 0)
		return -errno;
	r = go_down(uid, gid);
	if (r < 0)
		return r;
	self.became = true;
	self.uid = uid;
	self.gid = gid;
	return 0;
}

void identity_lift(void)
{
	int error = errno;

	if (self.became && self.lifted++ == 0 && setresuid(0, 0, 0) == 0)
		(void)setresgid(0, 0, 0);
	errno = error;
}

void identity_lower(void)
{
	int error = errno;

	if (self.became && self.lifted > 0 && --self.lifted == 0 && go_down(self.uid, self.gid) < 0)
		abort();
	errno = error;
}

uid_t identity_user(void)
{
	return self.became ? self.uid : geteuid();
}

bool identity_became(void)
{
	return self.became;
}

/* identity_become() has set the groups already. */
int identity_drop(void)
{
	static const struct capabilities none = {0, 0, 0};
	int r;

	if (!self.became)
		return 0;
	if (setresuid(0, 0, 0) < 0)
		return -errno;
	r = set_ids(self.uid, self.gid, self.uid, self.gid);
	if (r < 0)
		return r;
	if (!is_as(self.uid, self.gid, self.uid, self.gid) || setuid(0) == 0)
		return -EPERM;
	return compat_capset(&none);
}

int identity_forget(void)
{
	if (self.became && (setresuid(0, 0, 0) < 0 || setresgid(0, 0, 0) < 0))
		return -errno;
	self.became = false;
	self.lifted = 0;
	return 0;
}
