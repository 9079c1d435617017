/*
 * Makes an nginx fail in a chosen way when it was started by an upgrade, and only then: the same
 * binary started by hand, or to test its configuration, works. The choice stands in the binary
 * itself, behind a marker, for make-broken to write over in a copy.
 *
 * It takes an http block in the configuration for any of this to run.
 */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#define MARKER "NGX-HANDOVER-FAULT:"

/* Volatile, or the compiler would compare at build time. The rest of the array is room for longer
 * names. */
static volatile const char ngx_http_fault_choice[64] = MARKER "none";

/* What runs at the start of a master must not run again when it reads its configuration anew. */
static ngx_uint_t ngx_http_fault_started;

static ngx_uint_t ngx_http_fault_is(const char *name)
{
	const volatile char *choice = ngx_http_fault_choice + sizeof(MARKER) - 1;

	/* "nginx -t" and "nginx -s" can find NGINX= in their environment, too. */
	if (!ngx_inherited || ngx_test_config || ngx_process == NGX_PROCESS_SIGNALLER)
		return 0;

	while (*name != '\0' && *name == *choice) {
		name++;
		choice++;
	}

	return *name == *choice;
}

static void ngx_http_fault_no_core_files(void)
{
	/* 0 would still start a program that core_pattern names; 1 does not. */
	struct rlimit limit = {1, 1};

	(void)setrlimit(RLIMIT_CORE, &limit);
}

static void ngx_http_fault_wait_ms(ngx_uint_t ms)
{
	struct timespec rest = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR) {
		/* goes on with the rest */
	}
}

/* A timer sends the signal, so that the master needs no thread and its workers inherit nothing. */
static ngx_int_t ngx_http_fault_signal_after_ms(int sig, ngx_uint_t ms)
{
	struct sigevent event;
	struct itimerspec when;
	timer_t timer;

	ngx_memzero(&event, sizeof(event));
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = sig;

	ngx_memzero(&when, sizeof(when));
	when.it_value.tv_sec = (time_t)(ms / 1000);
	when.it_value.tv_nsec = (long)(ms % 1000) * 1000000;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) == -1 ||
	    timer_settime(timer, 0, &when, NULL) == -1)
		return NGX_ERROR;

	return NGX_OK;
}

/*
 * The one in libc, under the other name that it has. This one stands before it for all of nginx.
 */
pid_t __fork(void);

static ngx_uint_t ngx_http_fault_forks;

pid_t fork(void)
{
	pid_t pid;

	if (ngx_http_fault_is("one-worker") && ngx_http_fault_forks > 0) {
		errno = EAGAIN;
		return -1;
	}
	pid = __fork();
	if (pid > 0 && ++ngx_http_fault_forks == 2 && ngx_http_fault_is("killed-after-fork"))
		(void)kill(getpid(), SIGKILL);
	return pid;
}

static void ngx_http_fault_ignore_quit(int sig)
{
	(void)sig;
	(void)signal(SIGQUIT, SIG_IGN);
}

/* Later: nginx sets its own handlers when all modules have been initialised. Workers that are
 * forked after that inherit it. */
static ngx_int_t ngx_http_fault_ignore_quit_after_ms(ngx_uint_t ms)
{
	(void)signal(SIGRTMIN, ngx_http_fault_ignore_quit);

	return ngx_http_fault_signal_after_ms(SIGRTMIN, ms);
}

static ngx_int_t ngx_http_fault_preconfiguration(ngx_conf_t *cf)
{
	if (!ngx_http_fault_started && ngx_http_fault_is("exits-at-once"))
		exit(1);
	if (!ngx_http_fault_started && ngx_http_fault_is("forks-and-exits") && __fork() > 0)
		_exit(0);

	return NGX_OK;
}

static ngx_int_t ngx_http_fault_handler(ngx_http_request_t *r)
{
	if (ngx_http_fault_is("worker-crash-at-request"))
		abort();

	return NGX_DECLINED;
}

static ngx_int_t ngx_http_fault_postconfiguration(ngx_conf_t *cf)
{
	ngx_http_core_main_conf_t *conf =
		ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
	ngx_http_handler_pt *handler =
		ngx_array_push(&conf->phases[NGX_HTTP_POST_READ_PHASE].handlers);

	if (handler == NULL)
		return NGX_ERROR;

	*handler = ngx_http_fault_handler;

	return NGX_OK;
}

/* Sockets are open by now; the pid file is not written yet, and all signals that nginx handles are
 * blocked. */
static ngx_int_t ngx_http_fault_init_module(ngx_cycle_t *cycle)
{
	if (ngx_http_fault_started || ngx_http_fault_is("none"))
		return NGX_OK;

	ngx_http_fault_started = 1;

	if (ngx_inherited && !ngx_test_config) {
		ngx_http_fault_no_core_files();
		ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0, "the fault of this binary: %s",
			      ngx_http_fault_choice + sizeof(MARKER) - 1);
	}

	if (ngx_http_fault_is("hangs-before-pid")) {
		for (;;)
			pause();
	}

	if (ngx_http_fault_is("slow-start"))
		ngx_http_fault_wait_ms(500);

	if (ngx_http_fault_is("dies-after-300ms"))
		return ngx_http_fault_signal_after_ms(SIGABRT, 300);

	if (ngx_http_fault_is("ignores-quit"))
		return ngx_http_fault_ignore_quit_after_ms(50);

	return NGX_OK;
}

static ngx_int_t ngx_http_fault_init_process(ngx_cycle_t *cycle)
{
	if (ngx_process != NGX_PROCESS_WORKER)
		return NGX_OK;

	if (ngx_http_fault_is("worker-crash-at-start"))
		abort();

	if (ngx_http_fault_is("worker-exit2"))
		exit(2);

	if (ngx_http_fault_is("ignores-quit"))
		return ngx_http_fault_signal_after_ms(SIGABRT, 200);

	return NGX_OK;
}

static ngx_http_module_t ngx_http_fault_module_ctx = {ngx_http_fault_preconfiguration,
						      ngx_http_fault_postconfiguration,
						      NULL,
						      NULL,
						      NULL,
						      NULL,
						      NULL,
						      NULL};

ngx_module_t ngx_http_fault_module = {NGX_MODULE_V1,
				      &ngx_http_fault_module_ctx,
				      NULL,
				      NGX_HTTP_MODULE,
				      NULL, /* init master */
				      ngx_http_fault_init_module,
				      ngx_http_fault_init_process,
				      NULL, /* init thread */
				      NULL, /* exit thread */
				      NULL, /* exit process */
				      NULL, /* exit master */
				      NGX_MODULE_V1_PADDING};
