# More functions of in-host where rpm is installed.
# shellcheck shell=bash

# Restores the rpm database and the files of packages to the state after the boot. Called after fresh_host.
fresh_rpm() {
	pristine '/var/lib/rpm' '/usr/libexec' '/etc/systemd/system-preset' '/usr/lib/rpm/macros.d/macros.nginx*' \
		'/etc/rpm/macros.nginx*' '/usr/lib64/libcrypt*' '/usr/lib64/nginx*' '/opt/nginx-own' \
		'/usr/share/bash-completion/completions/nginx*' '/etc/bash_completion.d' '/usr/bin/nginx*' \
		'/etc/needrestart' '/etc/init.d/nginx*' '/etc/rc.d' '/etc/ld.so.conf.d/*' '/usr/share/man/man?/nginx-handover*' '/usr/share/doc/nginx-handover*'
	ldconfig
}

# Runs in a root of its own in /run/image, like the build of an image: it shares only the network with this machine and,
# so that its processes could be seen, /proc.
make_image() {
	mkdir -p /run/image /run/image-writes
	mount -t tmpfs tmpfs /run/image-writes
	mkdir /run/image-writes/{upper,work}
	mount -t overlay -o "lowerdir=$PRISTINE,upperdir=/run/image-writes/upper,workdir=/run/image-writes/work" \
		overlay /run/image
	mount -t proc proc /run/image/proc
}

remove_image() {
	! mountpoint -q /run/image || umount -R /run/image
	! mountpoint -q /run/image-writes || umount /run/image-writes
}
