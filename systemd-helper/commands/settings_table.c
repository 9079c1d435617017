/* The table of settings, a row for each, and their defaults in settings_defaults(). */
#include <stddef.h>
#include <string.h>

#include "commands/settings.h"
#include "commands/settings_private.h"
#include "commands/verbs.h"
#include "init/adapters.h"
#include "os/duration.h"
#include "trust/path.h"

#define AT(field) offsetof(struct settings, field)

/* clang-format off */
const struct setting settings_table[] = {
	{"binary", 0, KIND_PATH, 0, VERB_UPGRADE, AT(binary), "NEW",
	 "install this binary, then hand over to it"},
	{"if-needed", 0, KIND_FLAG, 0, VERB_UPGRADE, AT(if_needed), NULL,
	 "only when a file that nginx uses was replaced"},
	{"force", 0, KIND_FLAG, 0, VERB_UPGRADE, AT(force), NULL,
	 "hand over even to the same binary that runs"},
	{"to", 0, KIND_PATH, 0, VERB_ROLLBACK, AT(to), "VERSION",
	 "the build to go back to: a version, or a backup"},
	{"restart", 0, KIND_FLAG, 0, VERB_ROLLBACK, AT(restart), NULL,
	 "stop and start nginx if it cannot be upgraded"},
	{"rollback-restarts", 0, KIND_CHOICE, ANYWHERE, VERB_ROLLBACK, AT(rollback_restarts),
	 "yes|no", "whether --restart is implied (no)"},
	{"unit", 0, KIND_NAME, 0, VERB_ADOPT, AT(unit), "NAME",
	 "into this unit, not the one whose PIDFile= names nginx's pid file"},
	{"dry-run", 0, KIND_FLAG, 0, VERB_UPGRADE | VERB_ROLLBACK | VERB_ADOPT | VERB_HEAL, AT(dry_run), NULL,
	 "say what would be done and what would stop it"},
	{"start-timeout", 0, KIND_TIME, ANYWHERE, VERB_ALL, AT(start_timeout_us), "TIME",
	 "how long a master may take to be ready (10s, more after a slow test)"},
	{"test-timeout", 0, KIND_TIME, ANYWHERE, VERB_ALL, AT(test_timeout_us), "TIME",
	 "how long nginx may test its configuration (1min 30s)"},
	{"memory-check", 0, KIND_CHOICE, ANYWHERE, VERB_ALL, AT(memory_check), "refuse|warn",
	 "what to do if memory seems too small for two generations (refuse)"},
	{"settle", 0, KIND_TIME, ANYWHERE | COMMON, VERB_ALL, AT(settle_us), "TIME",
	 "how long the new generation is watched alone (1s)"},
	{"probe", 0, KIND_COMMAND, ANYWHERE | COMMON, VERB_ALL, AT(probe), "CMD",
	 "must succeed before an upgrade is final (none)"},
	{"probe-user", 0, KIND_ACCOUNT, ANYWHERE, VERB_ALL, AT(probe_user), "NAME",
	 "the user who executes the probe (nobody)"},
	{"probe-timeout", 0, KIND_TIME, ANYWHERE, VERB_ALL, AT(probe_timeout_us), "TIME",
	 "how long each probe may take (10s)"},
	{"probe-accept", 0, KIND_CHOICE, ANYWHERE, VERB_ALL, AT(probe_accept), "yes|no",
	 "prove that the new workers accept on every address (yes)"},
	{"probe-http", 0, KIND_SWITCH, ANYWHERE | COMMON, VERB_ALL, AT(probe_http), NULL,
	 "compare answers to HTTP requests before and after"},
	{"hold", 0, KIND_TIME, ANYWHERE | COMMON, VERB_ALL, AT(hold_us), "TIME",
	 "keep the old master as the way back for so long (0)"},
	{"held-until", 0, KIND_COMMAND, INTERNAL, VERB_FINISH, AT(held_until), "MOMENT", NULL},
	{"drain-of", 0, KIND_COMMAND, INTERNAL, VERB_HEAL, AT(drain_of), "PID", NULL},
	{"drain-timeout", 0, KIND_TIME, ANYWHERE | COMMON, VERB_ALL, AT(drain_timeout_us), "TIME",
	 "how long old workers may take to end (1min)"},
	{"drain-expired", 0, KIND_CHOICE, ANYWHERE | COMMON, VERB_ALL, AT(drain_expired), "leave|term",
	 "what to do with workers that take longer (leave)"},
	{"quic", 0, KIND_CHOICE, ANYWHERE | COMMON, VERB_ALL, AT(quic), "heal|steer|off",
	 "what is done for HTTP/3 (heal)"},
	{"reload-upgrades", 0, KIND_CHOICE, ANYWHERE, VERB_RELOAD, AT(reload_upgrades),
	 "binary|all|no", "which replaced files turn a reload into an upgrade (binary)"},
	{"on-package-update", 0, KIND_CHOICE, ANYWHERE, VERB_PACKAGE_UPDATE, AT(on_package_update),
	 "auto|upgrade|report|no", "what to do after an update (auto: upgrade for nginx, report for libraries)"},
	{"on-package-failure", 0, KIND_CHOICE, ANYWHERE, VERB_PACKAGE_UPDATE, AT(on_package_failure),
	 "leave|restore", "after an upgrade that failed: restore puts the running files back (leave)"},
	{"after-lock", 0, KIND_PATH, 0, VERB_PACKAGE_UPDATE, AT(after_lock), "FILE",
	 "run in the background, as soon as nobody holds a lock on FILE"},
	{"textfile-dir", 0, KIND_PATH, ANYWHERE, VERB_ALL, AT(textfile_dir), "DIR",
	 "write metrics for node_exporter to this folder"},
	{"add", 0, KIND_ADDED, 0, VERB_CONFIGURE_ARGS, AT(add), "OPTION",
	 "add this option of configure; may be given many times"},
	{"watch", 0, KIND_FLAG, 0, VERB_STATUS, AT(watch), NULL,
	 "show it again and again, until Ctrl-C"},
	{"exit-code", 0, KIND_FLAG, 0, VERB_STATUS, AT(exit_code), NULL,
	 "exit with other than 0 if a handover is unfinished, held, draining or due"},
	{"notify-fd", 0, KIND_NUMBER, 0, VERB_RUN, AT(notify_fd), "N",
	 "write a newline to this descriptor when nginx serves (s6)"},
	{"ready-file", 0, KIND_PATH, 0, VERB_RUN, AT(ready_file), "FILE",
	 "a file that exists while nginx serves"},
	{"pid-file", 0, KIND_PATH, ANYWHERE | EVERY, VERB_ALL, AT(pid_file), "FILE",
	 "nginx's pid file; the rest follows from it"},
	{"nginx", 0, KIND_PATH, ANYWHERE, VERB_ALL, AT(nginx), "FILE", "the nginx binary"},
	{"conf", 0, KIND_PATH, ANYWHERE, VERB_ALL, AT(conf), "FILE",
	 "nginx's configuration, if it is not the compiled-in one"},
	{"trust-user", 0, KIND_USER, ANYWHERE, VERB_ALL, AT(trust_user), "NAME",
	 "a user who may own and write nginx's files, as root may"},
	{"settings", 0, KIND_PATH, 0, VERB_ALL, AT(settings), "FILE",
	 "settings file (/etc/sysconfig/nginx, /etc/default/nginx, OpenRC: /etc/conf.d/nginx)"},
	{"service", 0, KIND_NAME, 0, VERB_ALL, AT(service), "NAME",
	 "the init script that calls this: its settings file is read"},
	{"init", 0, KIND_CHOICE, ANYWHERE, VERB_ALL, AT(init), "auto|" INIT_NAMES_OR "none",
	 "the init system to report to (auto)"},
	{"trace", 0, KIND_PATH, 0, VERB_DRIVES, AT(trace), "FILE",
	 "add to FILE what each round saw and decided"},
	{"json", 0, KIND_FLAG, EVERY, VERB_ALL, AT(json), NULL, "one JSON object per line"},
	{"quiet", 'q', KIND_FLAG, EVERY, VERB_ALL, AT(quiet), NULL, "errors and warnings only"},
	{"verbose", 'v', KIND_FLAG, EVERY, VERB_ALL, AT(verbose), NULL, "each action, too"},
	{"help", 'h', KIND_FLAG, EVERY, VERB_ALL, AT(help), NULL, "this text"},
	{"help-all", 0, KIND_FLAG, 0, VERB_ALL, AT(help_all), NULL, "the same, with every option"},
	{"version", 'V', KIND_FLAG, 0, VERB_ALL, AT(version), NULL, "the version"},
};
/* clang-format on */
const size_t settings_count = sizeof(settings_table) / sizeof(settings_table[0]);

void settings_defaults(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	s->trust_uid = NO_USER;
	s->trust_gid = NO_GROUP;
	s->drain_expired = "leave";
	s->quic = "heal";
	s->init = "auto";
	s->reload_upgrades = "binary";
	s->rollback_restarts = "no";
	s->on_package_update = "auto";
	s->on_package_failure = "leave";
	s->start_timeout_us = 10u * USEC_PER_SEC;
	s->test_timeout_us = 90u * USEC_PER_SEC;
	s->memory_check = "refuse";
	s->settle_us = 1u * USEC_PER_SEC;
	s->probe_timeout_us = 10u * USEC_PER_SEC;
	s->probe_accept = "yes";
	s->drain_timeout_us = 60u * USEC_PER_SEC;
}
