/*
 * The environment of a probe that is executed:
 *
 *	NGINX_HANDOVER_OLD_PID, _NEW_PID          the two masters
 *	NGINX_HANDOVER_OLD_VERSION, _NEW_VERSION  empty where they are not known
 *	NGINX_HANDOVER_LISTEN                     where the new master listens, with spaces between:
 *	                                          127.0.0.1:80 [::1]:443 unix:/run/x.sock (no UDP)
 *	NGINX_HANDOVER_UNIT                       its service, by its cgroup; or empty
 *	PATH, LC_ALL                              as for every program that is executed
 */
#ifndef CORE_PROBE_VARIABLES_H
#define CORE_PROBE_VARIABLES_H

struct run;

enum { PROBE_VARIABLES = 8, PROBE_LISTEN_MAX = 32768 };

struct probe_variables {
	const char *list[PROBE_VARIABLES + 1]; /* ended by NULL */
	char text[PROBE_VARIABLES][512];
	char listen[PROBE_LISTEN_MAX];
};

/* NULL: there is no memory for them. */
struct probe_variables *probe_variables(const struct run *run);
void probe_variables_free(struct probe_variables *v);

#endif
