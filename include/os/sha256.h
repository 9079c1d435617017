/* SHA-256 (FIPS 180-4), to recognise the content of a file. */
#ifndef OS_SHA256_H
#define OS_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest {
	unsigned char bytes[32];
};

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes added so far */
	unsigned char block[64];
};

/* sha256_begin -> sha256_add ... -> sha256_end */
void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t length);
void sha256_end(struct sha256 *s, struct digest *ret);

/* The digest and size of a whole file. Does not move the file offset. 0 or -errno. */
int digest_of_fd(int fd, struct digest *ret, uint64_t *ret_size);

bool digest_equal(const struct digest *a, const struct digest *b);

#endif
