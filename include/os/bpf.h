/*
 * bpf(2): the BPF maps and programs in the kernel, found by id and used through descriptors. Only
 * the system call is used, no library and no kernel header (Linux before 3.18 has none).
 *
 *	bpf_program_next(0) -> bpf_program_open -> bpf_program_look -> close
 *
 * Each call returns 0 or a descriptor, or -errno, and then leaves *ret unchanged. -ENOSYS: the
 * kernel has no bpf(2); -EPERM: CAP_BPF or CAP_SYS_ADMIN is missing; -EINVAL: an argument is wrong,
 * or the kernel is too old for what was asked. The caller closes the descriptors; the kernel makes
 * them close-on-exec.
 */
#ifndef OS_BPF_H
#define OS_BPF_H

#include <stddef.h>
#include <stdint.h>

enum { BPF_NAME_SIZE = 16, BPF_MAPS_MOST = 16 };

/* The types that are used here, numbered as in the kernel's enum bpf_map_type. */
enum {
	BPF_MAP_HASH = 1,
	BPF_MAP_ARRAY = 2,
	BPF_MAP_LRU_HASH = 9,
	BPF_MAP_SOCKMAP = 15,
	BPF_MAP_SOCKHASH = 18,
	BPF_MAP_REUSEPORT_ARRAY = 20
};
enum { BPF_PROGRAM_REUSEPORT = 21 }; /* enum bpf_prog_type: BPF_PROG_TYPE_SK_REUSEPORT */

/* bpf_map_create() takes all but the id; bpf_map_look() fills all. */
struct bpf_map {
	uint32_t type;
	uint32_t id;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t entries; /* the most that the map can hold */
	uint32_t flags;
	char name[BPF_NAME_SIZE]; /* letters, digits, "_" and "."; "": no name */
};

int bpf_map_create(const struct bpf_map *wanted); /* returns a descriptor */
int bpf_map_open(uint32_t id);                    /* returns a descriptor */
int bpf_map_look(int map, struct bpf_map *ret);   /* Linux 4.13 */

/* The lowest id that is greater than `after`. -ENOENT: there is none. Linux 4.13. */
int bpf_map_next(uint32_t after, uint32_t *ret);

/* Keys and values have the sizes that the map was created with. -ENOENT: no such key. */
int bpf_map_lookup(int map, const void *key, void *ret_value);
int bpf_map_update(int map, const void *key, const void *value);
int bpf_map_delete(int map, const void *key);
int bpf_map_next_key(int map, const void *key, void *ret_next); /* key NULL: the first key */

struct bpf_program {
	uint32_t type;
	uint32_t id;
	char name[BPF_NAME_SIZE];
	uint64_t loaded_ns; /* since boot */
	uint32_t map_count; /* of all its maps, which may be more than fit below */
	uint32_t maps[BPF_MAPS_MOST];
};

int bpf_program_open(uint32_t id);                          /* returns a descriptor */
int bpf_program_look(int program, struct bpf_program *ret); /* Linux 4.13; the maps: 4.15 */
int bpf_program_next(uint32_t after, uint32_t *ret);        /* as bpf_map_next() */

/*
 * Loads a program of `count` instructions, 8 bytes each. log: where the kernel's verifier writes
 * what it found, or NULL. Returns a descriptor.
 */
int bpf_program_load(uint32_t type, const char *name, const char *license, const void *instructions,
		     size_t count, char *log, size_t log_size);

#endif
