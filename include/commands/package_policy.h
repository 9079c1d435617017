/* Where a package hook must leave nginx alone. */
#ifndef COMMANDS_PACKAGE_POLICY_H
#define COMMANDS_PACKAGE_POLICY_H

#include <stdbool.h>

#include "init/init.h"

/*
 * Whether this runs inside an image that is being made, or a system that is not running: a chroot
 * (rpm --root, dpkg --root), DPKG_ROOT= (dpkg with chrootless scripts), SYSTEMD_OFFLINE=
 * (systemctl(1)). An nginx that runs here then belongs to another system.
 */
bool package_is_for_image(void);

/*
 * Whether the admin's policy-rc.d forbids this action ("start", "upgrade") for the service, as it
 * does for Debian's invoke-rc.d(8). Where there is no such program nothing is forbidden.
 */
bool package_is_forbidden(const struct init *caller, const char *action);

/* Whether policy-rc.d forbids the handover that a dpkg maintainer script asks for. nginx: the
 * binary; the policy is asked only for one that a package has brought. */
bool package_may_not_upgrade(const struct init *caller, const char *nginx);

#endif
