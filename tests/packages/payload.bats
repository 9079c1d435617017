#!/usr/bin/env bats
# What is in our packages, and what they ask for.
#
# hosts: bookworm-rpm-v2

load ../lib/packages

setup() {
	host_fresh
	host_do fresh_rpm
}

# files DIST/PACKAGE: what it puts where; manuals may be compressed, and links to builds may be there
files() {
	host_run rpm -qp --queryformat '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]' "$PACKAGES/$1.rpm" |
		grep -v '/usr/lib/.build-id' | sed 's/\.gz$//' | sort -k 3
}

assert_files() {
	assert_equal "$(files "$1")" "$(sort -k 3)" "the files of $1"
}

manuals() {
	local page
	for page in man7/nginx-handover.systemd.7 man7/nginx-handover.sysv.7 man8/nginx-handover.8; do
		echo "-rw-r--r-- root /usr/share/man/$page"
	done
}

documents() {
	local folder=/usr/share/doc/nginx-handover-0.1.0
	echo "drwxr-xr-x root $folder"
	echo "-rw-r--r-- root $folder/LICENSE"
	echo "-rw-r--r-- root $folder/README.md"
	echo "drwxr-xr-x root $folder/example"
	echo "-rw-r--r-- root $folder/example/nginx-own.service"
	echo "-rw-r--r-- root $folder/example/nginx-own.spec"
}

@test "nginx-handover" {
	local dist
	for dist in el7 el8; do
		assert_files $dist/nginx-handover < <(
			manuals
			documents
			cat <<-'LIST'
				-rwxr-xr-x root /usr/sbin/nginx-handover
				-rw-r--r-- root /usr/lib/rpm/macros.d/macros.nginx-handover
				-rw-r--r-- root /usr/share/bash-completion/completions/nginx-handover
				drwx------ root /var/lib/nginx-handover
			LIST
		)
	done
	assert_files el6/nginx-handover < <(
		manuals
		documents
		cat <<-'LIST'
			-rwxr-xr-x root /usr/sbin/nginx-handover
			-rw-r--r-- root /etc/rpm/macros.nginx-handover
			-rw-r--r-- root /etc/bash_completion.d/nginx-handover
			drwx------ root /var/lib/nginx-handover
		LIST
	)
}
