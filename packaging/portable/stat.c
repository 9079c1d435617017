/*
 * stat() and its family as in programs built before glibc 2.33: each calls the libc of the machine
 * on which the program runs. The compiler would link versions of its own, which do not work here:
 * they set an errno that is not the libc's, and their fstat() is a fstatat() with an empty name,
 * which the kernel knows from 2.6.39 on.
 */
#define _GNU_SOURCE
#include <sys/stat.h>

/* The version of struct stat: the first one of the architecture. */
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
