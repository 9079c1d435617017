# SPDX-License-Identifier: MIT
"""The base of all actions: runs nginx-handover on the host through a shell. The host needs no python."""
from __future__ import annotations

import shlex

from ansible.plugins.action import ActionBase

from .answer import Answer

# Folders in root's PATH that may be missing from that of a login by ssh, or of sudo.
MORE_PATH = "/usr/local/sbin:/usr/sbin:/sbin"

WHICH = {
    "program": {"type": "str", "default": "nginx-handover"},
    "pid_file": {"type": "str"},
    "nginx": {"type": "str"},
    "conf": {"type": "str"},
    "settings": {"type": "str"},
    "service": {"type": "str"},
    "options": {"type": "list", "elements": "str", "default": []},
}
HANDING_OVER = {
    "settle": {"type": "str"},
    "hold": {"type": "str"},
    "probe": {"type": "str"},
    "probe_user": {"type": "str"},
    "probe_timeout": {"type": "str"},
    "probe_http": {"type": "bool"},
    "start_timeout": {"type": "str"},
    "test_timeout": {"type": "str"},
    "drain_timeout": {"type": "str"},
    "drain_expired": {"type": "str", "choices": ["leave", "term"]},
}
OF_A_RUN = {"run": {"type": "str", "default": "handover"}}


class HandoverAction(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    SPEC = {}

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        del tmp
        args = self.validate_argument_spec(argument_spec=self.SPEC)[1]
        self.host = (task_vars or {}).get("inventory_hostname", "")
        result.update(self.act(args))
        return result

    def act(self, args):
        raise NotImplementedError

    def shell(self, command):
        """Raises AnsibleConnectionFailure, which ansible reports as an unreachable host."""
        env = self._compute_environment_string()
        whole = 'PATH="$PATH:%s"; export PATH; %s %s' % (MORE_PATH, env, command)
        return self._low_level_execute_command(whole)

    def command(self, verb, args, *more):
        words = [args["program"], verb, "--json"]
        for name in list(WHICH) + list(HANDING_OVER):
            value = args.get(name)
            if name in ("program", "options") or value is None:
                continue
            if name in HANDING_OVER and verb in ("status", "configtest"):
                continue
            value = ("no", "yes")[value] if isinstance(value, bool) else value
            words.append("--%s=%s" % (name.replace("_", "-"), value))
        words += more
        words += args.get("options", [])
        said = self.shell(" ".join(shlex.quote(word) for word in words))
        return Answer(said["rc"], said["stdout"], said["stderr"])
