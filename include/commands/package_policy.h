/* Where the hook of a package has no business with what runs here. */
#ifndef COMMANDS_PACKAGE_POLICY_H
#define COMMANDS_PACKAGE_POLICY_H

#include <stdbool.h>

/*
 * An image is being made, or a system that does not run is being changed: a chroot (rpm --root,
 * dpkg --root), DPKG_ROOT= (dpkg with chrootless scripts), SYSTEMD_OFFLINE= (systemctl(1)). What
 * runs here, if anything, is another system's.
 */
bool package_is_for_image(void);

/*
 * Whether the admin's policy-rc.d forbids this action ("start", "upgrade") for the service, as it
 * does to Debian's invoke-rc.d(8). No such program: nothing is forbidden.
 */
bool package_is_forbidden(const char *action);

/* The same of a handover, where a maintainer script of dpkg calls us, for a packaged nginx. */
bool package_may_not_upgrade(const char *nginx);

#endif
