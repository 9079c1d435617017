/* SHA-256: the examples of FIPS 180-4 and NIST's test vectors, added at once and in parts. */
#include <fcntl.h>
#include <unistd.h>

#include "os/sha256.h"
#include "tap.h"

static void has_digest(const struct digest *got, const char *want, const char *name)
{
	char text[65];
	size_t i;

	for (i = 0; i < 32; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", got->bytes[i]);
	same_text(text, want, name);
}

/* The digest of the text n times, added in parts of that size. */
static void is(const char *text, unsigned n, size_t piece, const char *want, const char *name)
{
	struct sha256 s;
	struct digest d;
	size_t i;

	sha256_begin(&s);
	for (; n; n--)
		for (i = 0; i < strlen(text); i += piece)
			sha256_add(&s, text + i,
				   strlen(text) - i < piece ? strlen(text) - i : piece);
	sha256_end(&s, &d);
	has_digest(&d, want, name);
}

static void known_answers(void)
{
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static const char million[] =
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
	size_t piece;

	is("", 1, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "empty");
	is("abc", 1, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "abc");
	for (piece = 1; piece <= strlen(two); piece += 11)
		is(two, 1, piece,
		   "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", "56 bytes");
	is("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	   "aaaaaaaaaaaaaaaaaaaa",
	   10000, 7, million, "a million");
	/* Whole blocks, with and without a part of a block before and after them. */
	is("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	   5000, 200, million, "a million, by 200");
	is("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 15625, 64, million,
	   "a million, by blocks");
}

static void files(void)
{
	char path[] = "/tmp/test_sha256.XXXXXX";
	char block[70000];
	struct digest d, again;
	uint64_t size = 0;
	int fd = mkstemp(path);

	must(fd >= 0 && unlink(path) == 0, "mkstemp");
	memset(block, 'a', sizeof(block));
	must(write(fd, block, sizeof(block)) == (ssize_t)sizeof(block), "write");
	same_number(digest_of_fd(fd, &d, &size), 0, "a file of more than one piece");
	same_number((long long)size, sizeof(block), "its size");
	same_number(lseek(fd, 0, SEEK_CUR), sizeof(block), "its offset is left alone");
	same_number(digest_of_fd(fd, &again, &size), 0, "once more");
	ok(digest_equal(&d, &again), "the same");
	must(pwrite(fd, "b", 1, 65536) == 1, "pwrite");
	same_number(digest_of_fd(fd, &again, &size), 0, "one byte is another");
	ok(!digest_equal(&d, &again), "not the same");
	(void)close(fd);
	same_number(digest_of_fd(fd, &again, &size), -EBADF, "no file");
}

int main(void)
{
	known_answers();
	files();
	return tap_end();
}
