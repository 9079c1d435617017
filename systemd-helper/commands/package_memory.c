/* The note that one hook of a transaction leaves for the next: its text, and where it is kept. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands/package_files.h"
#include "commands/package_memory.h"
#include "commands/site.h"
#include "nginx/master.h"
#include "nginx/record_text.h"
#include "os/note.h"
#include "os/procfs.h"
#include "os/sha256.h"
#include "os/transaction.h"

/* Where the package manager is unknown, hooks within this time count as one transaction. */
enum { ONE_TRANSACTION_S = 600 };

static const char header[] = "package 1\n";

static void hex_of(const struct digest *d, size_t count, char *ret)
{
	ret[record_bytes_text(d->bytes, count, ret)] = '\0';
}

static bool digest_from(const char *hex, struct digest *ret)
{
	unsigned byte;
	size_t i;

	for (i = 0; i < sizeof(ret->bytes); i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		ret->bytes[i] = (unsigned char)byte;
	}
	return true;
}

void package_note_text(const struct package_note *n, char *ret)
{
	char files[2 * sizeof(struct digest) + 1];
	char configuration[2 * sizeof(struct digest) + 1];

	hex_of(&n->files, sizeof(n->files.bytes), files);
	hex_of(&n->configuration, sizeof(n->configuration.bytes), configuration);
	(void)snprintf(ret, NOTE_MAX, "%s%s %d %llu %llu %c %d %d%d %s %s\n", header, n->boot,
		       (int)n->transaction.pid, (unsigned long long)n->transaction.start_ticks,
		       (unsigned long long)n->seconds, n->kind, n->code, n->handed_over, n->served,
		       files, configuration);
}

/* The text must be the one that we would write, to the byte; so it is written again and compared.
 */
bool package_note_parse(const char *text, struct package_note *ret)
{
	struct package_note n;
	unsigned long long start, seconds;
	char files[65];
	char configuration[65];
	char again[NOTE_MAX];
	char flags[3];
	int pid;

	memset(&n, 0, sizeof(n));
	if (sscanf(text, "package 1 %39s %d %llu %llu %c %d %2s %64s %64s", n.boot, &pid, &start,
		   &seconds, &n.kind, &n.code, flags, files, configuration) != 9 ||
	    !digest_from(files, &n.files) || !digest_from(configuration, &n.configuration))
		return false;
	n.transaction.pid = pid;
	n.transaction.start_ticks = start;
	n.seconds = seconds;
	n.handed_over = flags[0] == '1';
	n.served = flags[0] && flags[1] == '1';
	package_note_text(&n, again);
	if (strcmp(text, again) != 0)
		return false;
	*ret = n;
	return true;
}

static void name_of(const struct site *site, char ret[64])
{
	struct sha256 sum;
	struct digest digest;
	char hex[17];

	sha256_begin(&sum);
	sha256_add(&sum, site->pid_path, strlen(site->pid_path));
	sha256_end(&sum, &digest);
	hex_of(&digest, 8, hex);
	(void)snprintf(ret, 64, "package-%s", hex);
}

/* The kernel's id of this boot; "-": unknown. */
static void read_boot(char ret[40])
{
	char path[PATH_MAX];
	ssize_t n = -1;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/sys/kernel/random/boot_id", procfs_root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, ret, 36);
		(void)close(fd);
	}
	(void)snprintf(ret + (n == 36 ? 36 : 0), 4, "%s", n == 36 ? "" : "-");
}

void package_note_begin(const struct transaction *t, struct package_note *ret)
{
	time_t now = time(NULL);

	memset(ret, 0, sizeof(*ret));
	read_boot(ret->boot);
	ret->transaction = *t;
	ret->seconds = now < 0 ? 0 : (uint64_t)now;
	ret->kind = PACKAGE_KIND_TOLD;
}

void package_note_files(const struct master *m, const char *nginx, struct package_note *ret)
{
	package_files_digest(m, nginx, &ret->files);
	package_configuration_digest(m, &ret->configuration);
}

bool package_note_read(const struct site *site, struct package_note *ret)
{
	char name[64];
	char text[NOTE_MAX];
	char boot[40];

	name_of(site, name);
	read_boot(boot);
	return note_read(name, text) > 0 && package_note_parse(text, ret) &&
	       strcmp(boot, ret->boot) == 0;
}

void package_note_write(const struct site *site, const struct package_note *note)
{
	char name[64];
	char text[NOTE_MAX];

	name_of(site, name);
	package_note_text(note, text);
	(void)note_write(name,
			 text); /* without a note the next hook repeats a message, that is all */
}

void package_note_forget(const struct site *site)
{
	char name[64];

	name_of(site, name);
	note_remove(name);
}

bool package_note_same_transaction(const struct package_note *before,
				   const struct package_note *now)
{
	if (before->transaction.pid || now->transaction.pid)
		return transaction_same(&before->transaction, &now->transaction);
	return now->seconds >= before->seconds &&
	       now->seconds - before->seconds <= ONE_TRANSACTION_S;
}
