/* The list of problems. */
#include <stdarg.h>
#include <stdio.h>

#include "core/problems.h"
#include "os/exit_code.h"

void problems_clear(struct problems *p)
{
	p->count = 0;
	p->list[0].exit_code = EXIT_DONE;
	p->list[0].text[0] = '\0';
}

void problem_set(struct problem *problem, enum exit_code exit_code, const char *format, va_list ap)
{
	problem->exit_code = exit_code;
	problem->advice[0] = '\0';
	problem->of_master = false;
	(void)vsnprintf(problem->text, sizeof(problem->text), format, ap);
}

struct problem *problem_add(struct problems *p, enum exit_code exit_code, const char *format, ...)
{
	struct problem *problem = &p->list[p->count < PROBLEMS_MAX ? p->count : PROBLEMS_MAX - 1];
	va_list ap;

	if (p->count < PROBLEMS_MAX)
		p->count++;
	va_start(ap, format);
	problem_set(problem, exit_code, format, ap);
	va_end(ap);
	return problem;
}

void problem_advise(struct problem *problem, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(problem->advice, sizeof(problem->advice), format, ap);
	va_end(ap);
}

bool problems_any_of_master(const struct problems *p)
{
	size_t i;

	for (i = 0; i < p->count && i < PROBLEMS_MAX; i++) {
		if (p->list[i].of_master)
			return true;
	}
	return false;
}

bool problems_of_master(const struct problems *p)
{
	size_t i;

	for (i = 0; i < p->count && i < PROBLEMS_MAX; i++) {
		if (!p->list[i].of_master)
			return false;
	}
	return p->count > 0;
}
