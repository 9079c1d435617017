/*
 * A note in the program for packagers' tools: which library it opens at run time, and how much that
 * matters (UAPI specification "Package Metadata for ELF: dlopen").
 */
#ifndef INIT_DLOPEN_NOTE_H
#define INIT_DLOPEN_NOTE_H

#include <stdint.h>

#define DLOPEN_NOTE_OWNER "FDO"
#define DLOPEN_NOTE_TYPE  0x407c0c0au

/* json is a string literal. An ELF note is made of words: name and description are padded to four
 * bytes, their stated lengths are not. */
#define DLOPEN_NOTE(variable, json)                                                                \
	static const struct {                                                                      \
		uint32_t name_size;                                                                \
		uint32_t description_size;                                                         \
		uint32_t type;                                                                     \
		char name[sizeof(DLOPEN_NOTE_OWNER)];                                              \
		char description[(sizeof(json) + 3) / 4 * 4];                                      \
	} variable __attribute__((used, section(".note.dlopen"), aligned(4))) = {                  \
		sizeof(DLOPEN_NOTE_OWNER), sizeof(json), DLOPEN_NOTE_TYPE, DLOPEN_NOTE_OWNER,      \
		json}

#endif
