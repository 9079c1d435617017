# Angie and Tengine cannot be had from Debian: an nginx plays them. These write into its unpacked source what
# the others name otherwise: titles, product, variable, files. Called in the source's folder, by build-nginx.
# shellcheck shell=bash

# patched FILE SCRIPT...: sed, where a script that changes nothing is an error
patched() {
	local file=$1 script
	shift
	for script; do
		sed "$script" "$file" >"$file.patched"
		if cmp -s "$file" "$file.patched"; then
			echo "nothing to patch in $file: $script"
			return 1
		fi
		cat "$file.patched" >"$file" # which keeps its mode
	done
}

# files_named NAME: what configure takes where it is told nothing
files_named() {
	patched configure "s|:-/usr/local/nginx}|:-/usr/local/$1}|" &&
		patched auto/options "s|:-sbin/nginx}|:-sbin/$1}|" "s|:-conf/nginx.conf}|:-conf/$1.conf}|" \
			"s|:-logs/nginx.pid}|:-logs/$1.pid}|"
}

# product_named NAME VERSION: in a line of -V before that of nginx, and in the Server header
product_named() {
	patched src/core/nginx.c \
		"s|ngx_write_stderr(\"nginx version: \"|ngx_write_stderr(\"$1 version: $1/$2\" NGX_LINEFEED); &|" &&
		patched src/http/ngx_http_header_filter_module.c "s|\"Server: \" NGINX_VER CRLF|\"Server: $1/$2\" CRLF|"
}

# Titles like "angie: master process v1.12.1 #1 [/usr/sbin/angie -c ...]", "angie: worker process #1". The number
# is that of the configuration, counted by the master.
titles_numbered() {
	patched src/os/unix/ngx_setproctitle.h '/^#define _NGX_SETPROCTITLE/a extern unsigned  ngx_title_number;' &&
		patched src/os/unix/ngx_setproctitle.c 's|"nginx: "|"angie: "|' \
			'/^static char \*ngx_os_argv_last;/a unsigned  ngx_title_number = 1;' \
			"/ngx_cpystrn(p, (u_char \*) title,/c\\
    if (title[0] == '[') {\\
        p = ngx_slprintf(p, (u_char *) ngx_os_argv_last, \"master process v$1 #%ud %s\", ngx_title_number, title);\\
    } else {\\
        p = ngx_slprintf(p, (u_char *) ngx_os_argv_last, \"%s #%ud\", title, ngx_title_number);\\
    }" &&
		patched src/os/unix/ngx_process_cycle.c 's|master_process\[\] = "master process"|master_process[] = "["|' \
			's|title = ngx_pnalloc(cycle->pool, size);|title = ngx_alloc(size, cycle->log);|' \
			"s|\*p++ = ' ';|if (i) { *p++ = ' '; }|" \
			"s|ngx_setproctitle(title);|*p++ = ']'; *p = '\\\\0'; &|" \
			'0,/ngx_cycle = cycle;/s||& ngx_title_number++; ngx_setproctitle(title);|'
}

play_angie() {
	files_named angie && product_named Angie "$1" && titles_numbered "$1" &&
		patched src/core/nginx.h 's|"NGINX"|"ANGIE"|' &&
		patched src/core/ngx_log.c 's|"nginx: |"angie: |'
}

# From 3.2.0 on.
play_tengine() {
	files_named tengine && product_named Tengine "$1"
}
