/*
 * bpf(2). Each command takes a struct of its own, laid out as in the kernel's union bpf_attr. The
 * kernel accepts a struct that is shorter than its own, and one that is longer if the rest is zero.
 * So fields that an old kernel does not know are left zero, and no kernel version is asked for.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "os/bpf.h"
#include "os/compat.h"

/* Linux: enum bpf_cmd */
enum {
	CMD_MAP_CREATE = 0,
	CMD_LOOKUP = 1,
	CMD_UPDATE = 2,
	CMD_DELETE = 3,
	CMD_NEXT_KEY = 4,
	CMD_LOAD = 5,
	CMD_PROGRAM_NEXT = 11,
	CMD_MAP_NEXT = 12,
	CMD_PROGRAM_OPEN = 13,
	CMD_MAP_OPEN = 14,
	CMD_LOOK = 15
};

struct attr_create {
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t entries;
	uint32_t flags;
	uint32_t inner;
	uint32_t node;
	char name[BPF_NAME_SIZE]; /* Linux 4.15 */
};

struct attr_element {
	uint32_t map;
	uint32_t unused;
	uint64_t key;
	uint64_t value; /* or the next key */
	uint64_t flags;
};

struct attr_load {
	uint32_t type;
	uint32_t count;
	uint64_t instructions;
	uint64_t license;
	uint32_t log_level;
	uint32_t log_size;
	uint64_t log;
	uint32_t version;
	uint32_t flags;
	char name[BPF_NAME_SIZE]; /* Linux 4.15 */
};

struct attr_id {
	uint32_t id; /* for the commands ..._NEXT: the one before */
	uint32_t next;
	uint32_t flags;
};

struct attr_look {
	uint32_t fd;
	uint32_t size; /* of the struct; the kernel sets how much it has written */
	uint64_t into;
};

/* Linux: struct bpf_map_info */
struct info_map {
	uint32_t type;
	uint32_t id;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t entries;
	uint32_t flags;
	char name[BPF_NAME_SIZE];
};

/* Linux: struct bpf_prog_info */
struct info_program {
	uint32_t type;
	uint32_t id;
	uint8_t tag[8];
	uint32_t native_size;
	uint32_t translated_size;
	uint64_t native;
	uint64_t translated;
	uint64_t loaded_ns;
	uint32_t uid;
	uint32_t map_count;
	uint64_t maps;
	char name[BPF_NAME_SIZE];
};

/* The kernel takes addresses as 64 bits, also from a 32-bit program. */
static uint64_t as_u64(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* Linux before 4.15 has no names for maps and fails with E2BIG: then it is created without one. */
int bpf_map_create(const struct bpf_map *wanted)
{
	struct attr_create attr;
	int r;

	memset(&attr, 0, sizeof(attr));
	attr.type = wanted->type;
	attr.key_size = wanted->key_size;
	attr.value_size = wanted->value_size;
	attr.entries = wanted->entries;
	attr.flags = wanted->flags;
	memcpy(attr.name, wanted->name, sizeof(attr.name));
	attr.name[sizeof(attr.name) - 1] = '\0';
	r = compat_bpf(CMD_MAP_CREATE, &attr, sizeof(attr));
	if (r != -E2BIG)
		return r;
	memset(attr.name, 0, sizeof(attr.name));
	return compat_bpf(CMD_MAP_CREATE, &attr, sizeof(attr));
}

static int element_command(int command, int map, const void *key, const void *value)
{
	struct attr_element attr;

	memset(&attr, 0, sizeof(attr));
	attr.map = (uint32_t)map;
	attr.key = as_u64(key);
	attr.value = as_u64(value);
	return compat_bpf(command, &attr, sizeof(attr));
}

int bpf_map_lookup(int map, const void *key, void *ret_value)
{
	return element_command(CMD_LOOKUP, map, key, ret_value);
}

int bpf_map_update(int map, const void *key, const void *value)
{
	return element_command(CMD_UPDATE, map, key, value);
}

int bpf_map_delete(int map, const void *key)
{
	return element_command(CMD_DELETE, map, key, NULL);
}

int bpf_map_next_key(int map, const void *key, void *ret_next)
{
	return element_command(CMD_NEXT_KEY, map, key, ret_next);
}

static int open_by_id(int command, uint32_t id)
{
	struct attr_id attr;

	memset(&attr, 0, sizeof(attr));
	attr.id = id;
	return compat_bpf(command, &attr, sizeof(attr));
}

int bpf_map_open(uint32_t id)
{
	return open_by_id(CMD_MAP_OPEN, id);
}

int bpf_program_open(uint32_t id)
{
	return open_by_id(CMD_PROGRAM_OPEN, id);
}

static int next_id(int command, uint32_t after, uint32_t *ret)
{
	struct attr_id attr;
	int r;

	memset(&attr, 0, sizeof(attr));
	attr.id = after;
	r = compat_bpf(command, &attr, sizeof(attr));
	if (r < 0)
		return r;
	*ret = attr.next;
	return 0;
}

int bpf_map_next(uint32_t after, uint32_t *ret)
{
	return next_id(CMD_MAP_NEXT, after, ret);
}

int bpf_program_next(uint32_t after, uint32_t *ret)
{
	return next_id(CMD_PROGRAM_NEXT, after, ret);
}

static int get_info(int fd, void *into, size_t size)
{
	struct attr_look attr;

	memset(&attr, 0, sizeof(attr));
	attr.fd = (uint32_t)fd;
	attr.size = (uint32_t)size;
	attr.into = as_u64(into);
	return compat_bpf(CMD_LOOK, &attr, sizeof(attr));
}

int bpf_map_look(int map, struct bpf_map *ret)
{
	struct info_map info;
	int r;

	memset(&info, 0, sizeof(info));
	r = get_info(map, &info, sizeof(info));
	if (r < 0)
		return r;
	ret->type = info.type;
	ret->id = info.id;
	ret->key_size = info.key_size;
	ret->value_size = info.value_size;
	ret->entries = info.entries;
	ret->flags = info.flags;
	memcpy(ret->name, info.name, sizeof(ret->name));
	ret->name[sizeof(ret->name) - 1] = '\0';
	return 0;
}

int bpf_program_look(int program, struct bpf_program *ret)
{
	struct info_program info;
	uint32_t maps[BPF_MAPS_MOST];
	int r;

	memset(&info, 0, sizeof(info));
	memset(maps, 0, sizeof(maps));
	info.map_count = BPF_MAPS_MOST;
	info.maps = as_u64(maps);
	r = get_info(program, &info, sizeof(info));
	if (r < 0)
		return r;
	ret->type = info.type;
	ret->id = info.id;
	memcpy(ret->name, info.name, sizeof(ret->name));
	ret->name[sizeof(ret->name) - 1] = '\0';
	ret->loaded_ns = info.loaded_ns;
	ret->map_count = info.map_count;
	memcpy(ret->maps, maps, sizeof(ret->maps));
	return 0;
}

int bpf_program_load(uint32_t type, const char *name, const char *license, const void *instructions,
		     size_t count, char *log, size_t log_size)
{
	struct attr_load attr;
	size_t length = strlen(name);

	memset(&attr, 0, sizeof(attr));
	attr.type = type;
	attr.count = (uint32_t)count;
	attr.instructions = as_u64(instructions);
	attr.license = as_u64(license);
	if (log) {
		attr.log_level = 1;
		attr.log_size = (uint32_t)log_size;
		attr.log = as_u64(log);
	}
	memcpy(attr.name, name, length < sizeof(attr.name) ? length : sizeof(attr.name) - 1);
	return compat_bpf(CMD_LOAD, &attr, sizeof(attr));
}
