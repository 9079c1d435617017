#!/usr/bin/env bats
# The files in our packages, and their dependencies.
#
# hosts: bookworm-rpm-v2

load ../lib/systemd
load ../lib/packages

setup() {
	host_fresh
	host_do fresh_rpm
}

# files DIST/PACKAGE: prints its files; manuals may be compressed, and links to builds may be there
files() {
	host_run rpm -qp --queryformat '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]' "$PACKAGES/$1.rpm" |
		grep -v '/usr/lib/.build-id' | sed 's/\.gz$//' | sort -k 3
}

assert_files() {
	assert_equal "$(files "$1")" "$(sort -k 3)" "the files of $1"
}

manuals() {
	local page
	for page in "$TOP"/man/*; do
		echo "-rw-r--r-- root /usr/share/man/man${page##*.}/${page##*/}"
	done
}

documents() {
	local folder
	folder=/usr/share/doc/nginx-handover-$(sed -n 's/^VERSION = //p' "$TOP/Makefile")
	echo "drwxr-xr-x root $folder"
	echo "-rw-r--r-- root $folder/LICENSE"
	echo "-rw-r--r-- root $folder/README.md"
	echo "-rw-r--r-- root $folder/README.zh-CN.md"
	echo "drwxr-xr-x root $folder/examples"
	(cd "$TOP/packaging/examples" && find . -mindepth 1 -type d -printf "drwxr-xr-x root $folder/examples/%P\n" \
		-o -type f -printf "-rw-r--r-- root $folder/examples/%P\n")
	echo "drwxr-xr-x root $folder/example"
	echo "-rw-r--r-- root $folder/example/nginx-own.service"
	echo "-rw-r--r-- root $folder/example/nginx-own.spec"
}

other_shells() {
	echo '-rw-r--r-- root /usr/share/fish/vendor_completions.d/nginx-handover.fish'
	echo '-rw-r--r-- root /usr/share/zsh/site-functions/_nginx-handover'
}

@test "nginx-handover" {
	local dist
	for dist in el7 el8; do
		assert_files $dist/nginx-handover < <(
			manuals
			documents
			other_shells
			cat <<-'LIST'
				-rwxr-xr-x root /usr/sbin/nginx-handover
				-rw-r--r-- root /usr/lib/rpm/macros.d/macros.nginx-handover
				-rw-r--r-- root /usr/share/bash-completion/completions/nginx-handover
				drwxr-xr-x root /usr/libexec/nginx-handover
				-rwxr-xr-x root /usr/libexec/nginx-handover/rpm-transaction
				drwx------ root /var/lib/nginx-handover
			LIST
			# created by a scriptlet, if nginx's folder exists
			[[ $dist == el7 ]] || echo '-rw-r--r-- root /etc/nginx/rpm-disable-upgrade'
		)
	done
	assert_files el6/nginx-handover < <(
		manuals
		documents
		other_shells
		cat <<-'LIST'
			-rwxr-xr-x root /usr/sbin/nginx-handover
			-rw-r--r-- root /etc/rpm/macros.nginx-handover
			-rw-r--r-- root /etc/bash_completion.d/nginx-handover
			drwxr-xr-x root /usr/libexec/nginx-handover
			-rwxr-xr-x root /usr/libexec/nginx-handover/rpm-transaction
			drwx------ root /var/lib/nginx-handover
		LIST
	)
}

actions() {
	printf -- '-rwxr-xr-x root /usr/libexec/initscripts/legacy-actions/nginx/%s\n' backups configtest doctor finish heal history needed reopen rollback
	echo 'drwxr-xr-x root /usr/libexec/initscripts/legacy-actions/nginx'
}

@test "nginx-handover-systemd, and none for EL 6" {
	local dist
	for dist in el7 el8; do
		assert_files $dist/nginx-handover-systemd < <(
			actions
			echo 'drwxr-xr-x root /usr/lib/systemd/system/nginx.service.d'
			echo '-rw-r--r-- root /usr/lib/systemd/system/nginx.service.d/handover.conf'
			echo '-rw-r--r-- root /usr/lib/systemd/system/nginx-handover@.path'
			echo '-rw-r--r-- root /usr/lib/systemd/system/nginx-handover@.service'
			echo '-rwxr-xr-x root /usr/libexec/nginx-handover/binary-changed'
			echo '-rw-r--r-- root /usr/lib/systemd/catalog/nginx-handover.catalog'
			echo 'drwxr-xr-x root /etc/needrestart'
			echo 'drwxr-xr-x root /etc/needrestart/restart.d'
			echo '-rwxr-xr-x root /etc/needrestart/restart.d/nginx.service'
		)
	done
	host_run test ! -e "$PACKAGES/el6/nginx-handover-systemd.rpm"
}

@test "nginx-handover-nginx" {
	local dist
	for dist in el7 el8; do
		assert_files $dist/nginx-handover-nginx < <(
			actions
			echo '-rwxr-xr-x root /usr/libexec/initscripts/legacy-actions/nginx/upgrade'
			echo '-rw-r--r-- root /etc/sysconfig/nginx'
			echo '-rw-r--r-- root /usr/lib/systemd/system/nginx.service'
			echo '-rw-r--r-- root /usr/lib/systemd/system/nginx@.service'
		)
	done
	assert_files el6/nginx-handover-nginx < <(
		echo '-rwxr-xr-x root /etc/rc.d/init.d/nginx'
		echo '-rw-r--r-- root /etc/sysconfig/nginx'
	)
}

# The dependencies of that kind of a DIST's packages, without rpm itself and the C library.
asked() {
	local package
	for package in "$PACKAGES/$1"/*.rpm; do
		host_run rpm -qp "--$2" "$package"
	done | grep -vE '^(rpmlib|config|lib(c|dl|pthread|rt)\.so|rtld|nginx-handover = |/bin/sh)' | sort -u | xargs
}

@test "what is opened at run time is a weak need, where rpm knows that, and no need" {
	local weak='libdbus-1.so.3()(64bit) libsystemd.so.0()(64bit)'
	assert_equal "$(asked el8 recommends)" "$weak"
	assert_equal "$(asked el7 recommends)" ''
	assert_equal "$(asked el8 requires)" /bin/bash
	assert_equal "$(asked el7 requires)" /bin/bash
	assert_equal "$(asked el6 requires)" chkconfig
}

@test "the triggers: on names, and where rpm has them on files, too" {
	run host_run rpm -qp --filetriggers $PACKAGES/el8/nginx-handover.rpm
	assert_output 'transfiletriggerin'
	for dist in el6 el7; do
		run host_run rpm -qp --filetriggers $PACKAGES/$dist/nginx-handover.rpm
		assert_equal "$output" ''
	done
	for dist in el6 el7 el8; do
		run host_run rpm -qp --triggers $PACKAGES/$dist/nginx-handover.rpm
		# shellcheck disable=SC2016 # the scriptlet's
		assert_output 'hand-over $PPID'
	done
}

# unit DIST FILE: prints the unit in the packages of a DIST
unit() {
	local package=$PACKAGES/$1/nginx-handover-nginx.rpm
	[[ $2 != */* ]] || package=$PACKAGES/$1/nginx-handover-systemd.rpm
	host_run sh -c "rpm2archive -n - <'$package' | tar -xO './usr/lib/systemd/system/$2'"
}

@test "the units for EL 7 have nothing that its systemd does not know" {
	local file
	for file in nginx.service nginx@.service nginx.service.d/handover.conf; do
		run unit el7 $file
		assert_output NotifyAccess=main
		refute_output NotifyAccess=exec
		refute_output ProtectKernel
		refute_output SystemCallFilter=
		run unit el8 $file
		assert_output NotifyAccess=exec
	done
}
