# SPDX-License-Identifier: MIT
"""status: the state of nginx as facts. It changes nothing."""
from __future__ import annotations

from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.command import WHICH, HandoverAction

# The keys that become facts; all other keys of an event are dropped.
STATE = ("state", "pid", "version", "binary", "pid_file", "unit")
FLAGS = ("running", "stopping", "due", "under_way", "unfinished", "held", "draining")
GENERATION = ("generation", "pid", "version", "tls", "accepting", "starting", "leaving", "age_us", "memory", "connections")
ANSWERS = ("running", "dead", "not_running", "unknown")


class ActionModule(HandoverAction):
    SPEC = dict(WHICH)

    def act(self, args):
        answer = self.command("status", args)
        result = answer.result()
        result["changed"] = False
        result["failed"] = answer.verdict not in ANSWERS
        if result["failed"]:
            return result
        status = answer.last("status") or {}
        facts = {name: status[name] for name in STATE if name in status}
        facts.update((name, bool(status.get(name))) for name in FLAGS)
        facts["generations"] = [{n: g[n] for n in GENERATION if n in g} for g in answer.all("generation")]
        result["ansible_facts"] = {"nginx_handover": facts}
        result["msg"] = str(status.get("state", answer.verdict))
        return result
