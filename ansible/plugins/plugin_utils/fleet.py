# SPDX-License-Identifier: MIT
"""The result of each host in this run of ansible-playbook.

Ansible's own settings stop only at the end of a batch, ignore hosts that cannot be reached, and can end the whole
playbook before anything is taken back. So the result of each host is written to the temporary folder of this run of
ansible on the controller. All forks see it there at once, and it is removed when the run ends.
"""
from __future__ import annotations

import json
import os
import tempfile
from urllib.parse import quote, unquote

from ansible import constants as C


class Fleet:
    def __init__(self, name):
        self.folder = os.path.join(C.DEFAULT_LOCAL_TMP, "nginx-handover-" + quote(name, safe=""))
        self.mark = os.path.join(self.folder, "failed")

    def failed(self):
        """Whether any host has failed."""
        return os.path.exists(self.mark)

    def note(self, host, state, **more):
        """state: "done", "unchanged", "failed", "taken_back", "finished" or "not_taken_back"."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        fd, new = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        with os.fdopen(fd, "w") as out:
            json.dump(dict(more, state=state), out)
        os.rename(new, self._path(host))
        if state in ("failed", "not_taken_back"):
            with open(self.mark, "a"):
                pass

    def of(self, host):
        """The note about a host, or {}."""
        try:
            with open(self._path(host)) as file:
                return json.load(file)
        except OSError:
            return {}

    def hosts(self):
        try:
            names = os.listdir(self.folder)
        except OSError:
            return {}
        return {unquote(n[5:]): self.of(unquote(n[5:])) for n in sorted(names) if n.startswith("host-")}

    def _path(self, host):
        return os.path.join(self.folder, "host-" + quote(host, safe=""))
