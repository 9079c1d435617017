/*
 * stat() and its kin as programs of before glibc 2.33 have them: each a call into the libc of the
 * machine that it runs on. The compiler would link its own, which do not do here: what went wrong
 * is in an errno that is not the libc's, and fstat() is a fstatat() of no name, which the kernel
 * knows from 2.6.39 on.
 */
#define _GNU_SOURCE
#include <sys/stat.h>

/* Which struct stat it is: the one that the architecture has had from the beginning. */
#ifdef __x86_64__
#define STAT_VERSION 1
#else
#define STAT_VERSION 0
#endif

int libc_xstat(int version, const char *path, struct stat *ret) __asm__("__xstat");
int libc_lxstat(int version, const char *path, struct stat *ret) __asm__("__lxstat");
int libc_fxstat(int version, int fd, struct stat *ret) __asm__("__fxstat");
int libc_fxstatat(int version, int dir, const char *path, struct stat *ret,
		  int flags) __asm__("__fxstatat");

int stat(const char *restrict path, struct stat *restrict ret)
{
	return libc_xstat(STAT_VERSION, path, ret);
}

int lstat(const char *restrict path, struct stat *restrict ret)
{
	return libc_lxstat(STAT_VERSION, path, ret);
}

int fstat(int fd, struct stat *ret)
{
	return libc_fxstat(STAT_VERSION, fd, ret);
}

int fstatat(int dir, const char *restrict path, struct stat *restrict ret, int flags)
{
	return libc_fxstatat(STAT_VERSION, dir, path, ret, flags);
}
