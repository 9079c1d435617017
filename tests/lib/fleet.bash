# Hosts for Ansible, all on this machine: each has a network, a pid namespace, a /run and an nginx of its own, and is
# reached by ssh. $FLEET/nginx is the new build. A call of python on a host is reported and fails, since the collection
# must not need it there.
# shellcheck shell=bash

FLEET_NET=10.99.7
# With this version, the page "/healthy" of a host fails.
declare -A UNHEALTHY=([h7]=1.22.1)

# The first process of host $1. It ends with the test file.
host_main() {
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p /run/sshd /var/lib/nginx-handover
	mount -t tmpfs -o mode=755 tmpfs /var/lib/nginx-handover
	mount --bind "$FLEET/no-python" "$(realpath /usr/bin/python3)"
	# What root's shell does here at each login belongs to this machine, not to the host.
	[[ ! -e ~/.bashrc ]] || mount --bind /dev/null ~/.bashrc
	fresh_prefix
	write_conf 2 '' "location = /healthy { if (\$nginx_version = ${UNHEALTHY[$1]:-none}) { return 500; } return 200 \$nginx_version; }"
	sed -i "s/listen 127.0.0.1:$PORT/listen $PORT/" "$CONF_FILE"
	install_old 1.18.0
	new_binary 1.22.1
	cp "$FLEET/nginx" "$NEW"
	broken_binary worker-crash-at-start
	start_nginx
	/usr/sbin/sshd -f "$FLEET/sshd_config" -E "$FLEET/$1.log"
	: >"$FLEET/$1.up"
	# nobody ever writes to this pipe
	mkfifo /run/stays
	read -r _ <>/run/stays
}

# fleet_start HOSTS: starts h1, h2 and so on. They are listed in $FLEET/hosts.
fleet_start() {
	local i
	printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>$FLEET/python-was-asked" 'exit 1' >"$FLEET/no-python"
	chmod 755 "$FLEET/no-python"
	ssh-keygen -q -t ed25519 -N '' -f "$FLEET/key"
	ssh-keygen -q -t ed25519 -N '' -f "$FLEET/host-key"
	printf '%s\n' "HostKey $FLEET/host-key" "AuthorizedKeysFile $FLEET/key.pub" 'StrictModes no' 'UsePAM no' 'UseDNS no' \
		'PermitRootLogin yes' 'PasswordAuthentication no' 'PidFile none' 'MaxStartups 100' \
		'Subsystem sftp internal-sftp' >"$FLEET/sshd_config"
	ip link add fleet type bridge
	ip addr add $FLEET_NET.254/24 dev fleet
	ip link set fleet up
	for ((i = 1; i <= $1; i++)); do
		ip netns add "h$i"
		ip link add "v$i" type veth peer name eth0 netns "h$i"
		ip link set "v$i" master fleet up
	done
	for ((i = 1; i <= $1; i++)); do
		printf '%s\n' "addr add $FLEET_NET.$i/24 dev eth0" 'link set eth0 up' 'link set lo up' | ip -n "h$i" -batch -
		host_start "h$i"
		echo "h$i ansible_host=$FLEET_NET.$i"
	done >"$FLEET/hosts"
	for ((i = 1; i <= $1; i++)); do
		wait_until 20 test -e "$FLEET/h$i.up"
	done
}

# It outlives its caller, so it must not keep a pipe of bats open.
host_start() (
	local fd
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		((fd <= 2)) || exec {fd}>&-
	done
	# shellcheck disable=SC2016 # it is the inner shell that expands it
	exec setsid --fork ip netns exec "$1" unshare --mount --pid --fork --kill-child --mount-proc \
		env FLEET="$FLEET" TOP="$TOP" NH_OWN_NAMESPACES=1 \
		bash -c '. "$TOP/tests/lib/common.bash"; . "$TOP/tests/lib/fleet.bash"; host_main "$1"' host "$1" \
		>"$FLEET/$1.out" 2>&1 </dev/null
)

# on HOST COMMAND...: by ssh, like Ansible
on() {
	ssh -q -i "$FLEET/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		"root@$FLEET_NET.${1#h}" "${*:2}"
}

# versions HOST...: the version of the nginx that answers on each
versions() {
	local host fd all=
	for host; do
		exec {fd}<>"/dev/tcp/$FLEET_NET.${host#h}/$PORT" || return
		printf 'HEAD / HTTP/1.0\r\n\r\n' >&"$fd"
		all+=" $(timeout 10 sed -n 's/^Server: nginx\/\([0-9.]*\).*/\1/p' <&"$fd")"
		exec {fd}>&-
	done
	echo "${all# }"
}

# A load in the network of each host.
loads_start() {
	local host
	LOADS=()
	for host; do
		mkfifo "$BATS_TEST_TMPDIR/$host.ready"
		# shellcheck disable=SC2153 # of common.bash
		ip netns exec "$host" "${LOAD[@]}" --seconds 900 --tcp "127.0.0.1:$PORT" --new-rate 25 --keepalive 2 \
			--ready-file "$BATS_TEST_TMPDIR/$host.ready" --summary-file "$BATS_TEST_TMPDIR/$host.summary" \
			>"$BATS_TEST_TMPDIR/$host.load" 2>&1 3>&- &
		LOADS+=($!)
	done
	for host; do
		read -rt 20 _ <>"$BATS_TEST_TMPDIR/$host.ready" || fail "the load on $host did not get under way"
	done
}

# No request may have failed; but see load_stop about connections that nginx closes by itself.
loads_stop() {
	local pid rc=0 files=("$BATS_TEST_TMPDIR"/*.summary)
	kill -TERM "${LOADS[@]}"
	for pid in "${LOADS[@]}"; do
		wait "$pid" || :
	done
	unset LOADS
	files=("$BATS_TEST_TMPDIR"/*.summary)
	awk -F= '/_ok=/ { ok += $2 } /_failed=/ { bad += $2 } /^failed_cut=/ { cut += $2 }
		END { print ok + 0 " requests, " bad + 0 " failed, of these " cut + 0 " at a kept-alive connection that nginx closed"
			exit !(ok > 100 && bad == cut && cut <= 8) }' "${files[@]}" || rc=$?
	((rc == 0)) || fail 'requests failed'
}
