/* Text from outside on terminals and in JSON: nothing but what is fit to print gets through. */
#include "ui/escape.h"
#include "tap.h"

static void escapes(const char *text, const char *want)
{
	char buf[256];

	same_text(say_escape(text, buf, sizeof(buf)), want, want);
}

static void quotes(const char *text, const char *want)
{
	char buf[256];

	same_text(json_quote(text, buf, sizeof(buf)), want, want);
}

static void terminal(void)
{
	escapes("", "");
	escapes("plain ~ text \"'\\", "plain ~ text \"'\\");
	escapes("\033[2J", "\\x1b[2J");
	escapes("a\nb\rc\td", "a\\x0ab\\x0dc\\x09d");
	escapes("\x01\x1f\x7f", "\\x01\\x1f\\x7f");
	escapes("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80");
	escapes("\xc2\x9b"
		"2J",
		"\\xc2\\x9b2J");
	escapes("\xc2\xa0", "\xc2\xa0");
	escapes("\x80\xbf\xff\xfe", "\\x80\\xbf\\xff\\xfe");
	escapes("\xc3", "\\xc3");
	escapes("\xe2\x82", "\\xe2\\x82");
	escapes("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
	escapes("\xe2\x82x", "\\xe2\\x82x");
	escapes("\xc0\xaf\xc1\xbf", "\\xc0\\xaf\\xc1\\xbf");
	escapes("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	escapes("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf");
	escapes("\xed\xa0\x80", "\\xed\\xa0\\x80");
	escapes("\xed\x9f\xbf", "\xed\x9f\xbf");
	escapes("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf");
	escapes("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	escapes("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80");
}

static void json(void)
{
	quotes("", "\"\"");
	quotes("plain", "\"plain\"");
	quotes("\"\\", "\"\\u0022\\u005c\"");
	quotes("a\nb\033", "\"a\\u000ab\\u001b\"");
	quotes("\xe2\x82\xac\xff", "\"\xe2\x82\xac\\u00ff\"");
}

#define MIXED "a\033\xe2\x82\xac\"\xff\xf0\x9f\x98\x80z"

/* Cut at every size: never beyond it, and only between characters. */
static void cuts(void)
{
	static const char *const steps[] = {
		"a", "\\x1b", "\xe2\x82\xac", "\"", "\\xff", "\xf0\x9f\x98\x80", "z"};
	char guarded[64];
	size_t size;

	for (size = 1; size < sizeof(guarded); size++) {
		char want[64] = "";
		size_t i;

		for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			if (strlen(want) + strlen(steps[i]) >= size)
				break;
			(void)strcat(want, steps[i]);
		}
		memset(guarded, '!', sizeof(guarded));
		same_text(say_escape(MIXED, guarded, size), want, want);
		same_number(guarded[size], '!', "nothing behind the end");
	}
}

static void json_cuts(void)
{
	static const char *const steps[] = {
		"a", "\\u001b", "\xe2\x82\xac", "\\u0022", "\\u00ff", "\xf0\x9f\x98\x80", "z"};
	char guarded[64];
	size_t size;

	for (size = 3; size < sizeof(guarded); size++) {
		char want[64] = "\"";
		size_t i;

		for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			if (strlen(want) + strlen(steps[i]) + 2 > size)
				break;
			(void)strcat(want, steps[i]);
		}
		(void)strcat(want, "\"");
		memset(guarded, '!', sizeof(guarded));
		same_text(json_quote(MIXED, guarded, size), want, want);
		same_number(guarded[size], '!', "nothing behind the end");
	}
}

/* What was reached by a descriptor of ours is shown as its owner has it. */
static void paths(void)
{
	char ret[64];

	same_text(show_paths("in /proc/self/fd/7/etc/a, /proc/self/fd/12/b", ret, sizeof(ret)),
		  "in /etc/a, /b", "no descriptors");
	same_text(show_paths("/proc/self/fd/7", ret, sizeof(ret)), "/proc/self/fd/7",
		  "the descriptor itself");
	same_text(show_paths("/proc/self/fd/x/a /proc/17/root/a", ret, sizeof(ret)),
		  "/proc/self/fd/x/a /proc/17/root/a", "anything else");
	same_text(show_paths("/proc/self/fd/7/abc", ret, 4), "/ab", "cut");
}

int main(void)
{
	paths();
	terminal();
	json();
	cuts();
	json_cuts();
	return tap_end();
}
