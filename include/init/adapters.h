/*
 * The init systems that have an adapter; each has its table of functions in init_NAME. A row is all
 * that the rest has to know of one: the choice by evidence, the values of --init, their completions
 * (packaging/completion/generate), and test_init.c follow from it. The comment of a row has the
 * words that stand nowhere outside of init/ ("adapters" in tests/lint).
 */
#ifndef INIT_ADAPTERS_H
#define INIT_ADAPTERS_H

/* clang-format off */
#define INIT_ADAPTERS(ADAPTER) \
	ADAPTER(systemd) /* systemd, systemctl */ \
	ADAPTER(sysv) /* initctl */ \
	ADAPTER(openrc) /* openrc, rc-service */ \
	ADAPTER(run)
/* clang-format on */

/* "systemd|sysv|...|": their names, for a value that is one of them or another word. */
#define INIT_NAME_OR(name) #name "|"
#define INIT_NAMES_OR      INIT_ADAPTERS(INIT_NAME_OR)

#endif
