/*
 * Compares the binary, the modules and the libraries of a master with the files at their paths. The
 * kernel marks a mapped file that was replaced by a rename as "(deleted)". It marks shared memory,
 * anonymous and temporary files in the same way; these are skipped. A library counts as replaced as
 * with needrestart(1) and checkrestart(8): also if the new file has the same content.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nginx/ask_nginx.h"
#include "nginx/file_copy.h"
#include "nginx/mapped.h"
#include "nginx/master.h"
#include "nginx/replaced.h"
#include "os/file_id.h"
#include "os/procfs.h"

bool replaced_is_module(const char *path)
{
	static const char folder[] = "/modules";
	static const char ending[] = "_module.so";
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t before = (size_t)(name - path);
	size_t length = strlen(name);

	/* Modules of nginx's own build are called ngx_..._module.so, others have any name. */
	if (strncmp(name, "ngx_", 4) == 0)
		return true;
	if (length >= sizeof(ending) - 1 &&
	    strcmp(name + length - (sizeof(ending) - 1), ending) == 0)
		return true;
	return before >= sizeof(folder) &&
	       strncmp(path + before - sizeof(folder), folder, sizeof(folder) - 1) == 0;
}

static bool starts_with_one_of(const char *path, const char *const *starts)
{
	for (; *starts; starts++) {
		if (strncmp(path, *starts, strlen(*starts)) == 0)
			return true;
	}
	return false;
}

/* Whether it is no file of a package, or a temporary one, which a library that generates code maps
 * and deletes at once, for example. */
static bool is_temporary(const char *path)
{
	static const char *const starts[] = {"/memfd:", "/dev/",     "/SYSV", "/drm",      "/[aio]",
					     "/tmp/",   "/var/tmp/", "/run/", "/var/run/", NULL};

	return starts_with_one_of(path, starts);
}

/* Whether the file is still there, with a name that really ends in " (deleted)". */
static bool is_called_deleted(const struct master *m, const struct mapped *library)
{
	char own[2 * PATH_MAX];
	struct file_id id;

	(void)snprintf(own, sizeof(own), "%s%s" PROCFS_DELETED, m->subject.root, library->shown);
	return file_id_of(own, &id) == 0 && id.inode == library->id.inode;
}

/*
 * Whether nginx was started by a launcher or a script at the path: the file at the path is no
 * nginx, and the running file is still where it was.
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

/* Whether the binary was replaced. A package that is installed again, and a rollback, bring another
 * file with the same content: then only *ret_once_more is set. */
static bool binary_is_another(const struct master *m, const char *target, bool *ret_once_more)
{
	struct file_id at_path;

	if (!target ||
	    (file_id_of(target, &at_path) == 0 && file_id_equal(&at_path, &m->subject.image_id)) ||
	    is_launched(m, target))
		return false;
	*ret_once_more = m->subject.image >= 0 && file_has_content(target, m->subject.image);
	return !*ret_once_more;
}

struct look {
	const struct master *m;
	replaced_fn *fn;
	void *arg;
};

/* Whether a file with the content of the mapped module is at its path, as after a package was
 * installed again. */
static bool module_is_at_path(const struct master *m, const struct mapped *module)
{
	char path[2 * PATH_MAX];
	int fd = mapped_open(&m->subject, module);
	bool same;

	if (fd < 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s%s", m->subject.root, module->path);
	same = file_has_content(path, fd);
	(void)close(fd);
	return same;
}

static int look_at_mapped(const struct mapped *module, void *arg)
{
	const struct look *l = arg;
	struct replaced_file f = {REPLACED_MODULE, module->path, module};
	bool moved = strcmp(module->path, module->shown) != 0;

	if ((!module->deleted && !moved) || (module->deleted && is_called_deleted(l->m, module)))
		return 0;
	if (replaced_is_module(module->path))
		return module_is_at_path(l->m, module) ? 0 : l->fn(&f, l->arg);
	if (!module->deleted || is_temporary(module->path))
		return 0;
	f.kind = REPLACED_LIBRARY;
	return l->fn(&f, l->arg);
}

int replaced_each(const struct master *m, const char *target, replaced_fn *fn, void *arg,
		  bool *ret_once_more)
{
	struct look l = {m, fn, arg};
	struct replaced_file binary = {REPLACED_BINARY, NULL, NULL};
	int r = 0;

	*ret_once_more = false;
	if (binary_is_another(m, target, ret_once_more)) {
		binary.path = master_own_path(m, target);
		r = fn(&binary, arg);
	}
	return r ? r : mapped_each(m->subject.process.pid, look_at_mapped, &l);
}

static bool stat_at_path(const struct master *m, const struct replaced_file *f, struct stat *ret)
{
	char path[2 * PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s%s", m->subject.root, f->path);
	return stat(path, ret) == 0;
}

bool replaced_is_gone(const struct master *m, const struct replaced_file *f)
{
	struct stat st;

	return !stat_at_path(m, f, &st);
}

time_t replaced_since(const struct master *m, const struct replaced_file *f)
{
	int fd = f->mapped ? mapped_open(&m->subject, f->mapped) : -1;
	struct stat st;
	bool nameless = fstat(f->mapped ? fd : m->subject.image, &st) == 0 && st.st_nlink == 0;

	if (fd >= 0)
		(void)close(fd);
	return nameless || stat_at_path(m, f, &st) ? st.st_ctime : 0;
}

static int count_in(const struct replaced_file *f, void *arg)
{
	struct replaced *r = arg;
	struct replaced_files *files = f->kind == REPLACED_MODULE ? &r->modules : &r->libraries;

	if (f->kind == REPLACED_BINARY)
		r->binary = true;
	else if (!files->count++)
		(void)snprintf(files->first, sizeof(files->first), "%s", f->path);
	return 0;
}

int replaced_look(const struct master *m, const char *target, struct replaced *ret)
{
	memset(ret, 0, sizeof(*ret));
	return replaced_each(m, target, count_in, ret, &ret->once_more);
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

bool replaced_find(const struct master *m, struct replaced *ret, char *ret_what, size_t size)
{
	char target[PATH_MAX];
	bool known = master_binary(m, target) == 0;

	(void)replaced_look(m, known ? target : NULL, ret);
	replaced_text(ret, known ? master_own_path(m, target) : NULL, ret_what, size);
	return ret->binary || ret->modules.count || ret->libraries.count;
}
