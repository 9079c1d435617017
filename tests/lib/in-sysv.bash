# More functions of in-host under sysvinit. (There is no ps or pkill: they would need libsystemd.)
# shellcheck shell=bash

CENTOS=/centos

# helpers: pids of the nginx-handover that run, one a line
helpers() {
	local dir name
	for dir in /proc/[0-9]*; do
		read -r name <"$dir/comm" || name=
		[[ $name != nginx-handover ]] || ! alive "${dir#/proc/}" || echo "${dir#/proc/}"
	done
} 2>/dev/null

no_helper() { [[ -z $(helpers) ]]; }

kill_helpers() {
	local pid
	for pid in $(helpers); do
		kill -KILL "$pid" 2>/dev/null || :
	done
	no_helper
}

# The state after the boot, with an nginx folder that has a configuration but no nginx.
fresh_host() {
	wait_until 10 kill_helpers
	kill_all_nginx
	pristine '/etc/init.d/nginx*' '/etc/rc?.d/[SK]??nginx*' /etc/rc-tests '/etc/default/nginx*' '/etc/sysconfig' '/etc/nginx' \
		'/usr/sbin/nginx*' '/usr/local/sbin/nginx*' '/run/nginx*' '/run/lock/nginx*' '/run/lock/subsys' '/var/log/nginx' \
		'/var/lib/nginx-handover'
	: >/run/fresh-prefix # nothing has to be mounted: this machine writes to a tmpfs, which survives a reboot
	fresh_prefix
	write_conf 2 "error_log $ERROR_LOG notice;"
}

# change_runlevel FOLDER: like CentOS's rc. If a service has a lock file, its K script is called, otherwise its S
# script.
change_runlevel() {
	local link
	for link in "$1"/K??*; do
		[[ -x $link && -e /var/lock/subsys/${link##*/K??} ]] || continue
		"$link" stop
	done
	for link in "$1"/S??*; do
		[[ -x $link && ! -e /var/lock/subsys/${link##*/S??} ]] || continue
		"$link" start
	done
}

# centos_root: creates $CENTOS, a root like that of CentOS 6. /etc is a copy, in which /etc/init.d is a link into
# /etc/rc.d, with a functions file that must not be read; /var is minimal, with a real /var/run, and there is no /run.
centos_root() {
	local entry
	mkdir $CENTOS
	for entry in /*; do
		case $entry in
		/etc) cp -a /etc $CENTOS/ ;;
		/run | /var | "$CENTOS") ;;
		*)
			if [[ -L $entry ]]; then
				cp -a "$entry" $CENTOS/
			else
				mkdir "$CENTOS$entry"
				mount --rbind "$entry" "$CENTOS$entry"
			fi
			;;
		esac
	done
	mkdir -p $CENTOS/var/{run,lock/subsys,log,tmp} $CENTOS/etc/{rc.d,sysconfig}
	rm -rf $CENTOS/etc/default
	mv $CENTOS/etc/init.d $CENTOS/etc/rc.d/
	ln -s rc.d/init.d $CENTOS/etc/init.d
	printf '%s\n' ': >/functions-were-read' 'exit 99' >$CENTOS/etc/rc.d/init.d/functions
	# service: with the working folder and the environment of CentOS, and arguments split at blanks
	# shellcheck disable=SC2016 # expanded by that script
	printf '%s\n' '#!/bin/sh' 'cd /' 'name=$1' 'shift' 'words=$*' \
		'exec env -i PATH="$PATH" TERM="$TERM" /etc/init.d/"$name" $words' >$CENTOS/service
	chmod 755 $CENTOS/service
}

# Restores it for the next test; the mounts stay.
fresh_centos() {
	rm -rf $CENTOS/etc/rc.d/init.d/nginx* $CENTOS/etc/sysconfig/* $CENTOS/var/run/* $CENTOS/var/lock/subsys/* \
		$CENTOS/functions-were-read
}

show_services() {
	local dir
	for dir in /proc/[0-9]*; do
		echo "${dir#/proc/} $(tr '\0' ' ' <"$dir/cmdline")"
	done
	ls -l /etc/init.d/nginx* /etc/rc?.d/*nginx* /run/lock/subsys || :
} 2>/dev/null
