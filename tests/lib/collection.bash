# shellcheck shell=bash
# The Ansible collection, for tests/lint.

# Each module has its manual, the collection can be built, and ansible-lint finds nothing. The collection is copied to
# a folder where ansible looks for collections.
ansible() {
	local work collection module r=0
	command -v ansible-doc >/dev/null || return 0
	work=$(mktemp -d)
	collection=$work/ansible_collections/nginx_handover/fleet
	mkdir -p "$collection"
	files 'ansible/*' | tar -cf - -T - | tar -xf - -C "$collection" --strip-components=1
	(
		export ANSIBLE_COLLECTIONS_PATH=$work ANSIBLE_HOME=$work/home HOME=$work ANSIBLE_NOCOLOR=1
		cd "$collection" || exit
		for module in plugins/modules/*.py; do
			module=${module##*/}
			ansible-doc "nginx_handover.fleet.${module%.py}" >"$work/doc" 2>&1 || cat "$work/doc"
			[[ -e plugins/action/$module ]] || echo "plugins/action/$module is missing"
		done
		ansible-galaxy collection build --output-path "$work" >"$work/doc" 2>&1 || cat "$work/doc"
		! command -v ansible-lint >/dev/null || ansible-lint --nocolor --offline -q -p galaxy.yml meta roles playbooks plugins 2>/dev/null
	) | nothing || r=1
	rm -rf "$work"
	return $r
}
