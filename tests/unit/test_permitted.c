/* Whether a system call is permitted, under filters like those of systemd's units. */
#include "filter_fixture.h"
#include "os/compat.h"
#include "os/permitted.h"
#include "other_user.h"

/* Numbers that are the same on all architectures. */
enum { PIDFD_GETFD = 438 };

static void no_filter(void)
{
	ok(call_permitted(PIDFD_GETFD), "without a filter a call is permitted");
}

static void killed(void)
{
	filter_at(PIDFD_GETFD, SECCOMP_RET_KILL_PROCESS);
	ok(!call_permitted(PIDFD_GETFD), "with a filter that kills it is not");
	ok(!call_permitted(PIDFD_GETFD), "nor when it is asked for again");
	ok(call_permitted(SYS_bpf), "another one is");
	same_number(compat_pidfd_getfd(-1, -1), -EPERM, "the call itself answers so");
}

static void bpf_killed(void)
{
	char nothing[128] = "";

	filter_at(SYS_bpf, SECCOMP_RET_KILL_PROCESS);
	same_number(compat_bpf(-1, nothing, sizeof(nothing)), -EPERM, "likewise bpf()");
	same_number(compat_pidfd_getfd(-1, -1), -EBADF, "and not another one");
}

static void trapped(void)
{
	filter_at(PIDFD_GETFD, SECCOMP_RET_TRAP);
	ok(!call_permitted(PIDFD_GETFD), "nor with one that sends SIGSYS");
}

static void refused(void)
{
	filter_at(PIDFD_GETFD, SECCOMP_RET_ERRNO | ENOSYS);
	ok(call_permitted(PIDFD_GETFD), "a filter that answers with an error harms nobody");
	same_number(compat_pidfd_getfd(-1, -1), -ENOSYS, "and that is told");
}

int main(void)
{
	apart(no_filter);
	apart(killed);
	apart(bpf_killed);
	apart(trapped);
	apart(refused);
	return tap_end();
}
