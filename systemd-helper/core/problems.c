/* The list of problems. */
#include <stdarg.h>
#include <stdio.h>

#include "core/problems.h"

struct problem *problem_add(struct problems *p, int exit_code, const char *format, ...)
{
	struct problem *problem = &p->list[p->count < PROBLEMS_MAX ? p->count : PROBLEMS_MAX - 1];
	va_list ap;

	if (p->count < PROBLEMS_MAX)
		p->count++;
	problem->exit_code = exit_code;
	problem->advice[0] = '\0';
	va_start(ap, format);
	(void)vsnprintf(problem->text, sizeof(problem->text), format, ap);
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
