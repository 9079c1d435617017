/*
 * The command line. Every number has a limit: this is a load for a test on one machine, and it
 * ends by itself.
 */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_TCP = 256,
	OPT_UNIX,
	OPT_NEW_RATE,
	OPT_KEEPALIVE,
	OPT_KEEPALIVE_RATE,
	OPT_SLOW,
	OPT_SLOW_RATE,
	OPT_SLOW_PATH,
	OPT_SLOW_FILE,
	OPT_UDP,
	OPT_UDP_RATE,
	OPT_UDP_TIMEOUT,
	OPT_PATH,
	OPT_SECONDS,
	OPT_TIMEOUT,
	OPT_FINISH_TIMEOUT,
	OPT_READY_FD,
	OPT_READY_FILE,
	OPT_SUMMARY_FILE
};

static const struct option long_options[] = {
	{"tcp", required_argument, NULL, OPT_TCP},
	{"unix", required_argument, NULL, OPT_UNIX},
	{"new-rate", required_argument, NULL, OPT_NEW_RATE},
	{"keepalive", required_argument, NULL, OPT_KEEPALIVE},
	{"keepalive-rate", required_argument, NULL, OPT_KEEPALIVE_RATE},
	{"slow", required_argument, NULL, OPT_SLOW},
	{"slow-rate", required_argument, NULL, OPT_SLOW_RATE},
	{"slow-path", required_argument, NULL, OPT_SLOW_PATH},
	{"slow-file", required_argument, NULL, OPT_SLOW_FILE},
	{"udp", required_argument, NULL, OPT_UDP},
	{"udp-rate", required_argument, NULL, OPT_UDP_RATE},
	{"udp-timeout", required_argument, NULL, OPT_UDP_TIMEOUT},
	{"path", required_argument, NULL, OPT_PATH},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"finish-timeout", required_argument, NULL, OPT_FINISH_TIMEOUT},
	{"ready-fd", required_argument, NULL, OPT_READY_FD},
	{"ready-file", required_argument, NULL, OPT_READY_FILE},
	{"summary-file", required_argument, NULL, OPT_SUMMARY_FILE},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char usage_text[] =
	"usage: load (--tcp ADDRESS:PORT | --unix PATH | --udp ADDRESS:PORT)... [options]\n"
	"Keeps a load on a HTTP or UDP server on this machine and counts every request.\n"
	"  --tcp ADDRESS:PORT   127.x.x.x:PORT or [::1]:PORT; no other address is taken\n"
	"  --unix PATH          a unix socket; the load is spread over all that are given\n"
	"  --new-rate N         N requests a second, each on a connection of its own\n"
	"  --keepalive N        N connections that send request after request\n"
	"  --keepalive-rate N   requests a second on each of them (20; 100000: at once)\n"
	"  --path PATH          what these ask for (/)\n"
	"  --slow N             N slow downloads at a time, each followed by another; a body\n"
	"                       that fits into the buffers of both sockets (some MB on TCP)\n"
	"                       has left the server long before the client is through\n"
	"  --slow-rate N        bytes a second that each of them reads (262144)\n"
	"  --slow-path PATH     what they ask for (/big)\n"
	"  --slow-file FILE     what they must get; needed with --slow\n"
	"  --udp ADDRESS:PORT   where datagrams go to, in turn if there are several; what comes\n"
	"                       back must be as from tests/lib/answer_udp\n"
	"  --udp-rate N         N datagrams a second, each from a port of its own\n"
	"  --udp-timeout S      until one without an answer has failed (2)\n"
	"  --seconds S          stop after S seconds (60); TERM and INT stop earlier\n"
	"  --timeout S          for a request, or for a slow one without a byte (10)\n"
	"  --finish-timeout S   for what is in flight at the stop (20); a second TERM or INT\n"
	"                       does not wait for it\n"
	"  --ready-fd FD        where \"ready\" is written once every part of the load works\n"
	"  --ready-file FILE    the same, as a file\n"
	"  --summary-file FILE  the counts as key=value lines\n"
	"Exits 0 when nothing failed and every class that was asked for was answered, 1\n"
	"when not, 2 for usage.\n";

static int parse_count(const char *text, unsigned long max, unsigned long *ret)
{
	char *end;
	unsigned long value;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

static int parse_unsigned(const char *text, unsigned max, unsigned *ret)
{
	unsigned long value;
	int r = parse_count(text, max, &value);

	if (!r)
		*ret = (unsigned)value;
	return r;
}

static int parse_seconds(const char *text, uint64_t *ret_ns)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0.01 && seconds <= 3600))
		return -EINVAL;
	*ret_ns = (uint64_t)(seconds * 1e9);
	return 0;
}

static int parse_path(const char *text, const char **ret_path)
{
	if (*text != '/' || strlen(text) > 1024 || strpbrk(text, " \t\r\n"))
		return -EINVAL;
	*ret_path = text;
	return 0;
}

static int parse_fd(const char *text, int *ret_fd)
{
	unsigned fd;
	int r = parse_unsigned(text, INT_MAX, &fd);

	if (r)
		return r;
	if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	*ret_fd = (int)fd;
	return 0;
}

static int parse_udp_target(const char *text, struct options *opt)
{
	int r;

	if (opt->udp_target_count == MAX_TARGETS)
		return -E2BIG;
	r = target_udp(text, &opt->udp_targets[opt->udp_target_count]);
	if (!r)
		opt->udp_target_count++;
	return r;
}

static int parse_target(int code, const char *text, struct options *opt)
{
	struct target *target = &opt->targets[opt->target_count];
	int r;

	if (opt->target_count == MAX_TARGETS)
		return -E2BIG;
	r = code == OPT_TCP ? target_tcp(text, target) : target_unix(text, target);
	if (!r)
		opt->target_count++;
	return r;
}

static int take_option(int code, const char *text, struct options *opt)
{
	unsigned long bytes;
	int r;

	switch (code) {
	case OPT_TCP:
	case OPT_UNIX: return parse_target(code, text, opt);
	case OPT_NEW_RATE: return parse_unsigned(text, 5000, &opt->new_rate);
	case OPT_KEEPALIVE: return parse_unsigned(text, 2000, &opt->keepalive);
	case OPT_KEEPALIVE_RATE:
		r = parse_unsigned(text, 100000, &opt->keepalive_rate);
		return r ? r : opt->keepalive_rate ? 0 : -EINVAL;
	case OPT_SLOW: return parse_unsigned(text, 500, &opt->slow);
	case OPT_SLOW_RATE:
		r = parse_count(text, 1UL << 30, &bytes);
		opt->slow_rate = r ? 0 : bytes;
		return r ? r : bytes ? 0 : -EINVAL;
	case OPT_SLOW_PATH: return parse_path(text, &opt->slow_path);
	case OPT_SLOW_FILE: opt->slow_file = text; return 0;
	case OPT_UDP: return parse_udp_target(text, opt);
	case OPT_UDP_RATE: return parse_unsigned(text, 5000, &opt->udp_rate);
	case OPT_UDP_TIMEOUT: return parse_seconds(text, &opt->udp_timeout_ns);
	case OPT_PATH: return parse_path(text, &opt->path);
	case OPT_SECONDS: return parse_seconds(text, &opt->seconds_ns);
	case OPT_TIMEOUT: return parse_seconds(text, &opt->timeout_ns);
	case OPT_FINISH_TIMEOUT: return parse_seconds(text, &opt->finish_timeout_ns);
	case OPT_READY_FD: return parse_fd(text, &opt->ready_fd);
	case OPT_READY_FILE: opt->ready_file = text; return 0;
	case OPT_SUMMARY_FILE: opt->summary_file = text; return 0;
	default: return -EINVAL;
	}
}

static int complain(const char *what)
{
	fprintf(stderr, "load: %s; see load --help\n", what);
	return -EINVAL;
}

static int check_together(const struct options *opt)
{
	int tcp = opt->new_rate || opt->keepalive || opt->slow;

	if (!opt->target_count && (tcp || !opt->udp_target_count))
		return complain("nowhere to send to: --tcp or --unix is needed");
	if (!opt->udp_target_count && opt->udp_rate)
		return complain("--udp-rate needs --udp");
	if (!tcp && !opt->udp_rate)
		return complain(
			"nothing to do: --new-rate, --keepalive, --slow or --udp-rate is needed");
	if (opt->slow && !opt->slow_file)
		return complain("--slow needs --slow-file");
	return 0;
}

static void complain_option(int index, const char *text, int r)
{
	const char *why = "not a value for it";

	if (r == -EPERM)
		why = "refused, only 127.0.0.0/8 and ::1 are taken";
	else if (r != -EINVAL)
		why = strerror(-r);
	fprintf(stderr, "load: --%s %s: %s; see load --help\n", long_options[index].name, text,
		why);
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options opt;
	int code, index = 0, r;

	memset(&opt, 0, sizeof(opt));
	opt.keepalive_rate = 20;
	opt.slow_rate = 262144;
	opt.seconds_ns = 60 * NS_PER_S;
	opt.timeout_ns = 10 * NS_PER_S;
	opt.udp_timeout_ns = 2 * NS_PER_S;
	opt.finish_timeout_ns = 20 * NS_PER_S;
	opt.path = "/";
	opt.slow_path = "/big";
	opt.ready_fd = -1;
	while ((code = getopt_long(argc, argv, "h", long_options, &index)) >= 0) {
		if (code == 'h') {
			fputs(usage_text, stdout);
			return 1;
		}
		if (code == '?')
			return -EINVAL;
		r = take_option(code, optarg, &opt);
		if (r) {
			complain_option(index, optarg, r);
			return -EINVAL;
		}
	}
	if (optind < argc)
		return complain("an argument too many");
	r = check_together(&opt);
	if (!r)
		*ret_options = opt;
	return r;
}
