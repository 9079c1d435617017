/*
 * A load on a HTTP server that counts every request: one thread, one epoll. Timers run after the
 * events of a round, so that no event meets a connection that a timer has just closed.
 */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "classes.h"
#include "conn.h"

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t load_ms(const struct load *load, uint64_t at_ns)
{
	return (at_ns - load->start_ns) / NS_PER_MS;
}

/* The first time nothing new begins any more; the second time what is in flight is given up. */
static void stop(void *arg)
{
	struct load *load = arg;

	if (load->stop_ns) {
		load->cut = 1;
		return;
	}
	load->stop_ns = now_ns();
	classes_stop(load);
	timer_set(&load->timers, &load->end_timer, load->stop_ns + load->opt.finish_timeout_ns);
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int watch(int epoll_fd, int fd, void *tag)
{
	struct epoll_event event;

	memset(&event, 0, sizeof(event));
	event.events = EPOLLIN;
	event.data.ptr = tag;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int load_open(struct load *load)
{
	int r;

	raise_descriptor_limit();
	r = timers_open(&load->timers, MAX_CONNECTIONS + 3);
	if (r)
		return r;
	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (load->epoll_fd < 0)
		return -errno;
	load->signal_fd = open_signals();
	if (load->signal_fd < 0)
		return load->signal_fd;
	r = watch(load->epoll_fd, load->signal_fd, &load->signal_fd);
	if (r)
		return r;
	return watch(load->epoll_fd, load->timers.fd, &load->timers);
}

static void take_signals(struct load *load)
{
	struct signalfd_siginfo info;

	while (read(load->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		stop(load);
}

static void take_event(struct load *load, const struct epoll_event *event)
{
	uint64_t expirations;

	if (event->data.ptr == &load->signal_fd)
		take_signals(load);
	else if (event->data.ptr == &load->timers)
		(void)!read(load->timers.fd, &expirations, sizeof(expirations));
	else
		conn_event(event->data.ptr, event->events);
}

static int run(struct load *load)
{
	struct epoll_event events[256];
	int n, r;

	load->start_ns = now_ns();
	load->end_timer.fire = stop;
	load->end_timer.arg = load;
	timer_set(&load->timers, &load->end_timer, load->start_ns + load->opt.seconds_ns);
	r = classes_start(load);
	if (r)
		return r;
	while (!load->cut && !(load->stop_ns && classes_finished(load))) {
		r = timers_arm(&load->timers);
		if (r)
			return r;
		n = epoll_wait(load->epoll_fd, events, 256, -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n; i++)
			take_event(load, &events[i]);
		timers_run(&load->timers, now_ns());
		conns_bury(load);
	}
	classes_cut(load);
	return 0;
}

static int sum_up(struct load *load)
{
	struct summary summary;
	int r = 0;

	memset(&summary, 0, sizeof(summary));
	summary.new_rate = load->opt.new_rate;
	summary.udp_rate = load->opt.udp_rate;
	summary.asked[CLASS_NEW] = load->opt.new_rate;
	summary.asked[CLASS_KEEPALIVE] = load->opt.keepalive;
	summary.asked[CLASS_SLOW] = load->opt.slow;
	summary.asked[CLASS_UDP] = load->opt.udp_rate;
	summary.load_ns = load->stop_ns - load->start_ns;
	summary.finish_ns = now_ns() - load->stop_ns;
	summary_print(&load->stats, &summary, stdout);
	if (load->opt.summary_file)
		r = summary_write(&load->stats, &summary, load->opt.summary_file);
	if (r)
		fprintf(stderr, "load: %s: %s\n", load->opt.summary_file, strerror(-r));
	if (fflush(stdout))
		r = -errno;
	return !r && stats_clean(&load->stats, &summary) ? 0 : 1;
}

int main(int argc, char **argv)
{
	static struct load load;
	int status = 1, r;

	r = options_parse(argc, argv, &load.opt);
	if (r)
		return r < 0 ? 2 : 0;
	load.epoll_fd = load.signal_fd = load.timers.fd = -1;
	r = classes_open(&load);
	if (r) {
		fprintf(stderr, "load: %s: %s\n", load.opt.slow_file ? load.opt.slow_file : "start",
			strerror(-r));
		return 2;
	}
	r = load_open(&load);
	if (!r)
		r = run(&load);
	if (r)
		fprintf(stderr, "load: %s\n", strerror(-r));
	else
		status = sum_up(&load);
	classes_close(&load);
	stats_free(&load.stats);
	timers_close(&load.timers);
	return status;
}
