/* SHA-256 (FIPS 180-4), to know the bytes of a file again. */
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
	uint64_t length; /* of what was added, in bytes */
	unsigned char block[64];
};

/* sha256_begin -> sha256_add ... -> sha256_end */
void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t length);
void sha256_end(struct sha256 *s, struct digest *ret);

/* Of a whole file, whose offset is left alone, with its size. 0 or -errno. */
int digest_of_fd(int fd, struct digest *ret, uint64_t *ret_size);

bool digest_equal(const struct digest *a, const struct digest *b);

#endif
