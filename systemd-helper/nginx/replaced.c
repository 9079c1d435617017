/*
 * What of the binary, the modules and the libraries of a master is not what stands at its path any
 * more. A mapped file that was replaced by rename shows as "(deleted)".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nginx/ask_nginx.h"
#include "nginx/file_copy.h"
#include "nginx/mapped.h"
#include "nginx/replaced.h"

bool replaced_is_module(const char *path)
{
	static const char folder[] = "/modules";
	static const char ending[] = "_module.so";
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t before = (size_t)(name - path);
	size_t length = strlen(name);

	/* What nginx's own build makes is called ngx_..._module.so; other people's need not be. */
	if (strncmp(name, "ngx_", 4) == 0)
		return true;
	if (length >= sizeof(ending) - 1 &&
	    strcmp(name + length - (sizeof(ending) - 1), ending) == 0)
		return true;
	return before >= sizeof(folder) &&
	       strncmp(path + before - sizeof(folder), folder, sizeof(folder) - 1) == 0;
}

static void count(struct replaced_files *files, const char *path)
{
	if (!files->count++)
		(void)snprintf(files->first, sizeof(files->first), "%s", path);
}

/*
 * A launcher, or a script, stands at the path, and nginx itself, which it executes, where it did:
 * as long as what stands at the path is no nginx itself.
 */
static bool is_launched(const struct master *m, const char *target)
{
	char own[2 * PATH_MAX];
	struct file_id id;
	bool is_nginx = true;
	int fd;

	(void)snprintf(own, sizeof(own), "%s%s", m->subject.root, m->subject.image_path);
	if (file_id_of(own, &id) < 0 || !file_id_equal(&id, &m->subject.image_id))
		return false;
	fd = open(target, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		is_nginx = file_contains(fd, CONFIG_TEST_PASSED);
		(void)close(fd);
	}
	return !is_nginx;
}

static bool binary_replaced(const struct master *m, const char *target)
{
	struct file_id at_path;

	if (!target ||
	    (file_id_of(target, &at_path) == 0 && file_id_equal(&at_path, &m->subject.image_id)) ||
	    is_launched(m, target))
		return false;
	/* A package that is installed once more, and a rollback, bring another file with the same
	 * bytes. */
	return m->subject.image < 0 || !file_has_content(target, m->subject.image);
}

struct look {
	const struct master *m;
	struct replaced *ret;
};

/* As with the binary: a package may have brought the same bytes once more. */
static bool stands_there(const struct master *m, const struct mapped *module)
{
	char path[2 * PATH_MAX];
	int fd = mapped_open(&m->subject, module);
	bool stands;

	if (fd < 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s%s", m->subject.root, module->path);
	stands = file_has_content(path, fd);
	(void)close(fd);
	return stands;
}

static int look_at(const struct mapped *module, void *arg)
{
	struct look *l = arg;
	bool moved = strcmp(module->path, module->shown) != 0;

	if (!replaced_is_module(module->path)) {
		if (module->deleted)
			count(&l->ret->libraries, module->shown);
	} else if ((module->deleted || moved) && !stands_there(l->m, module)) {
		count(&l->ret->modules, module->path);
	}
	return 0;
}

int replaced_look(const struct master *m, const char *target, struct replaced *ret)
{
	struct look l = {m, ret};

	memset(ret, 0, sizeof(*ret));
	ret->binary = binary_replaced(m, target);
	return mapped_each(m->subject.process.pid, look_at, &l);
}

static size_t add_files(const struct replaced_files *files, const char *one, const char *many,
			char *ret, size_t size, size_t n)
{
	const char *separator = n ? ", " : "";

	if (files->count == 1)
		n += (size_t)snprintf(ret + n, size - n, "%s%s was replaced: %s", separator, one,
				      files->first);
	else if (files->count)
		n += (size_t)snprintf(ret + n, size - n, "%s%u %s were replaced, %s for one",
				      separator, files->count, many, files->first);
	return n < size ? n : size - 1;
}

void replaced_text(const struct replaced *r, const char *target, char *ret, size_t size)
{
	size_t n = 0;

	ret[0] = '\0';
	if (r->binary)
		n = (size_t)snprintf(ret, size, "%s is not the file that runs", target);
	if (n >= size)
		n = size - 1;
	n = add_files(&r->modules, "a module of nginx", "modules of nginx", ret, size, n);
	(void)add_files(&r->libraries, "a library that nginx maps", "libraries that nginx maps",
			ret, size, n);
}

void replaced_find(const struct master *m, struct replaced *ret, char *ret_what, size_t size)
{
	char target[PATH_MAX];
	bool known = master_binary(m, target) == 0;

	(void)replaced_look(m, known ? target : NULL, ret); /* what cannot be read is not known */
	replaced_text(ret, known ? master_own_path(m, target) : NULL, ret_what, size);
}

bool upgrade_due(const struct master *m, const char *target, char *ret_why, size_t size)
{
	struct replaced r;

	(void)replaced_look(m, target, &r); /* what cannot be read is not known to be due */
	replaced_text(&r, target ? master_own_path(m, target) : NULL, ret_why, size);
	return r.binary || r.modules.count || r.libraries.count;
}
