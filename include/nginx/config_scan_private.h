/* What the files of config_scan share. Private to nginx/config_*.c. */
#ifndef NGINX_CONFIG_SCAN_PRIVATE_H
#define NGINX_CONFIG_SCAN_PRIVATE_H

#include <stddef.h>

#include "nginx/config_scan.h"

/*
 * Looks for the line that nginx prints before each file of the dump, one letter at a time. 1: this
 * letter has ended such a line, and s->level and s->files are those of the new file; 0 or -ENOMEM.
 */
int config_dump_letter(struct config_scan *s, char c);

/* An `include` directive; s->word is its pattern. 0 or -ENOMEM. */
int config_dump_include(struct config_scan *s);
void config_dump_free(struct config_scan *s);

/* Whether a pattern of `include` matches this path. */
bool config_dump_matches(const struct config_scan *s, const char *pattern, const char *path);

/* The block s->name has begun; the innermost block ends. s->depth includes it in both calls. */
void config_block_begins(struct config_scan *s);
void config_block_ends(struct config_scan *s);

/*
 * What the servers of http are told; see config_servers.c. If memory is short, servers.more is set.
 * _block, _block_ends: as above. _file: a file begins; places: the kinds of blocks that include it.
 * _word: a word behind the name of a directive; it need not end in NUL. _include: s->word is the
 * pattern. _listen: the address of a `listen`; NULL: it is not known, or not TCP.
 */
void config_servers_block(struct config_scan *s);
void config_servers_block_ends(struct config_scan *s);
void config_servers_file(struct config_scan *s, const char *path, unsigned places);
void config_servers_word(struct config_scan *s, const char *word, size_t length);
void config_servers_include(struct config_scan *s);
void config_servers_listen(struct config_scan *s, const char *address);
void config_servers_free(struct config_scan *s);

/* The kinds of blocks where the present text may stand: bits of enum config_place. */
unsigned config_place(const struct config_scan *s);

/* A `listen` directive; s->word is its address. 0 or -ENOMEM. */
int config_listen(struct config_scan *s);

/* A directive `proxy_responses`. */
void config_responses(struct config_scan *s);
void config_listen_free(struct config_scan *s);

#endif
