/*
 * SHA-256 in plain C. For speed, whole blocks are read in place, and the rounds are unrolled, so
 * that no word has to be moved from one variable to the next.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "os/sha256.h"

static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2};

/* The words of the state change places: what is h in one round is a in the next. */
#define TURN(x, by) ((x) >> (by) | (x) << (32 - (by)))
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
	do {                                                                                       \
		uint32_t t = (h) + (TURN(e, 6) ^ TURN(e, 11) ^ TURN(e, 25)) +                      \
			     ((g) ^ ((e) & ((f) ^ (g)))) + k[i] + w[i];                            \
		(d) += t;                                                                          \
		(h) = t + (TURN(a, 2) ^ TURN(a, 13) ^ TURN(a, 22)) +                               \
		      (((a) & (b)) | ((c) & ((a) | (b))));                                         \
	} while (0)

static void first_words(const unsigned char *block, uint32_t w[16])
{
	size_t i;

	for (i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | (uint32_t)block[4 * i + 3];
}

/* Replaces one of the last 16 words of the message schedule by the next one. */
#define NEXT(i)                                                                                    \
	(w[i] +=                                                                                   \
	 (TURN(w[((i) + 1) % 16], 7) ^ TURN(w[((i) + 1) % 16], 18) ^ w[((i) + 1) % 16] >> 3) +     \
	 w[((i) + 9) % 16] +                                                                       \
	 (TURN(w[((i) + 14) % 16], 17) ^ TURN(w[((i) + 14) % 16], 19) ^ w[((i) + 14) % 16] >> 10))

static void next_words(uint32_t w[16])
{
	NEXT(0);
	NEXT(1);
	NEXT(2);
	NEXT(3);
	NEXT(4);
	NEXT(5);
	NEXT(6);
	NEXT(7);
	NEXT(8);
	NEXT(9);
	NEXT(10);
	NEXT(11);
	NEXT(12);
	NEXT(13);
	NEXT(14);
	NEXT(15);
}

static void sixteen_rounds(uint32_t s[8], const uint32_t w[16], const uint32_t k[16])
{
	uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];

	ROUND(a, b, c, d, e, f, g, h, 0);
	ROUND(h, a, b, c, d, e, f, g, 1);
	ROUND(g, h, a, b, c, d, e, f, 2);
	ROUND(f, g, h, a, b, c, d, e, 3);
	ROUND(e, f, g, h, a, b, c, d, 4);
	ROUND(d, e, f, g, h, a, b, c, 5);
	ROUND(c, d, e, f, g, h, a, b, 6);
	ROUND(b, c, d, e, f, g, h, a, 7);
	ROUND(a, b, c, d, e, f, g, h, 8);
	ROUND(h, a, b, c, d, e, f, g, 9);
	ROUND(g, h, a, b, c, d, e, f, 10);
	ROUND(f, g, h, a, b, c, d, e, 11);
	ROUND(e, f, g, h, a, b, c, d, 12);
	ROUND(d, e, f, g, h, a, b, c, 13);
	ROUND(c, d, e, f, g, h, a, b, 14);
	ROUND(b, c, d, e, f, g, h, a, 15);
	s[0] = a;
	s[1] = b;
	s[2] = c;
	s[3] = d;
	s[4] = e;
	s[5] = f;
	s[6] = g;
	s[7] = h;
}

static void add_block(uint32_t state[8], const unsigned char *block)
{
	uint32_t s[8];
	uint32_t w[16];
	size_t i;

	memcpy(s, state, sizeof(s));
	first_words(block, w);
	for (i = 0; i < 64; i += 16) {
		if (i)
			next_words(w);
		sixteen_rounds(s, w, constants + i);
	}
	for (i = 0; i < 8; i++)
		state[i] += s[i];
}

void sha256_begin(struct sha256 *s)
{
	static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	memcpy(s->state, first, sizeof(first));
	s->length = 0;
}

void sha256_add(struct sha256 *s, const void *data, size_t length)
{
	const unsigned char *from = data;

	while (length) {
		size_t have = (size_t)(s->length % 64);
		size_t n = 64 - have < length ? 64 - have : length;
		bool whole = n == 64;

		if (!whole)
			memcpy(s->block + have, from, n);
		s->length += n;
		from += n;
		length -= n;
		if (have + n == 64)
			add_block(s->state, whole ? from - n : s->block);
	}
}

void sha256_end(struct sha256 *s, struct digest *ret)
{
	static const unsigned char padding[64] = {0x80};
	uint64_t bits = s->length * 8;
	unsigned char tail[8];
	size_t have = (size_t)(s->length % 64);
	size_t i;

	for (i = 0; i < 8; i++)
		tail[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_add(s, padding, have < 56 ? 56 - have : 120 - have);
	sha256_add(s, tail, sizeof(tail));
	for (i = 0; i < 32; i++)
		ret->bytes[i] = (unsigned char)(s->state[i / 4] >> (24 - 8 * (i % 4)));
}

int digest_of_fd(int fd, struct digest *ret, uint64_t *ret_size)
{
	unsigned char chunk[16384];
	struct sha256 s;
	ssize_t n;

	sha256_begin(&s);
	for (;;) {
		n = pread(fd, chunk, sizeof(chunk), (off_t)s.length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sha256_add(&s, chunk, (size_t)n);
	}
	if (n < 0)
		return -errno;
	*ret_size = s.length;
	sha256_end(&s, ret);
	return 0;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
