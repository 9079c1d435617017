/* BPF maps and programs of our own: created, filled, found by id. */
#include <unistd.h>

#include "os/bpf.h"
#include "tap.h"

static bool is_listed(uint32_t id)
{
	uint32_t next = 0;

	while (bpf_map_next(next, &next) == 0) {
		if (next == id)
			return true;
	}
	return false;
}

static void elements(int map)
{
	uint32_t one = 1, two = 2, key = 0;
	uint64_t value = 0;
	uint64_t seven = 7;

	same_number(bpf_map_lookup(map, &one, &value), -ENOENT, "empty");
	same_number(bpf_map_next_key(map, NULL, &key), -ENOENT, "no first key");
	same_number(bpf_map_update(map, &one, &seven), 0, "one");
	same_number(bpf_map_update(map, &two, &seven), 0, "two");
	same_number(bpf_map_lookup(map, &one, &value), 0, "is found");
	same_number((long long)value, 7, "with its value");
	same_number(bpf_map_next_key(map, NULL, &key), 0, "a first key");
	same_number(bpf_map_next_key(map, &key, &key), 0, "a second");
	same_number(bpf_map_next_key(map, &key, &key), -ENOENT, "no third");
	same_number(bpf_map_delete(map, &one), 0, "deleted");
	same_number(bpf_map_delete(map, &one), -ENOENT, "once");
}

static void found(int map)
{
	struct bpf_map is;
	int again;

	same_number(bpf_map_look(map, &is), 0, "looked at");
	same_number(is.type, BPF_MAP_HASH, "type");
	same_number(is.key_size, 4, "key");
	same_number(is.value_size, 8, "value");
	same_number(is.entries, 4, "entries");
	ok(is.id > 0, "a number");
	if (geteuid() != 0)
		return;
	same_text(is.name, "handover_test", "name");
	ok(is_listed(is.id), "listed");
	again = bpf_map_open(is.id);
	ok(again >= 0, "opened by its number");
	(void)close(again);
}

/* The program "r0 = 1; exit". */
static void program(void)
{
	static const struct {
		uint8_t code;
		uint8_t registers;
		int16_t offset;
		int32_t value;
	} code[] = {{0xb7, 0, 0, 1}, {0x95, 0, 0, 0}};
	struct bpf_program is;
	char log[256] = "";
	int fd = bpf_program_load(BPF_PROGRAM_REUSEPORT, "handover_test", "GPL", code, 2, log,
				  sizeof(log));
	uint32_t next = 0;
	bool listed = false;

	if (fd < 0) {
		printf("# no program of that type here: %s\n", strerror(-fd));
		return;
	}
	same_number(bpf_program_look(fd, &is), 0, "a program is looked at");
	same_number(is.type, BPF_PROGRAM_REUSEPORT, "type");
	same_text(is.name, "handover_test", "name");
	same_number(is.map_count, 0, "it has no map");
	while (!listed && bpf_program_next(next, &next) == 0)
		listed = next == is.id;
	ok(listed, "listed");
	(void)close(fd);
	fd = bpf_program_load(BPF_PROGRAM_REUSEPORT, "handover_test", "GPL", code, 1, NULL, 0);
	ok(fd < 0, "one that does not end is refused");
}

int main(void)
{
	struct bpf_map wanted = {BPF_MAP_HASH, 0, 4, 8, 4, 0, "handover_test"};
	struct bpf_map is;
	int map = bpf_map_create(&wanted);

	ok(bpf_map_look(-1, &is) < 0, "no descriptor");
	if (map < 0) {
		printf("# no maps here: %s\n", strerror(-map));
		ok(map == -ENOSYS || map == -EPERM, "the kernel says so");
		return tap_end();
	}
	elements(map);
	found(map);
	(void)close(map);
	if (geteuid() == 0)
		program();
	return tap_end();
}
