# The init systems beside systemd that a container can have: one whose kind, or the end of whose suite, is their name.
# shellcheck shell=bash disable=SC2034,SC2054 # lists for debootstrap, used by who sources this

# Its pid 1, with arguments.
declare -gA INIT_PROGRAM=(
	[sysv]=/sbin/init
	[openrc]=/sbin/openrc-init
)
# What its tree has in the place of systemd.
declare -gA INIT_PACKAGES=(
	[sysv]=sysvinit-core,sysv-rc,initscripts,insserv,busybox,busybox-syslogd,nginx,util-linux
	[openrc]=openrc,nginx,util-linux
)
