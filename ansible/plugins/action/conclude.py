# SPDX-License-Identifier: MIT
"""conclude: reports the result of each host, once for all hosts, on the controller; fails if a host has failed."""
from __future__ import annotations

from ansible.plugins.action import ActionBase

from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.command import OF_A_RUN
from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.fleet import Fleet

NAMED_MOST = 20


def named(hosts):
    more = ", and %d more" % (len(hosts) - NAMED_MOST) if len(hosts) > NAMED_MOST else ""
    return ", ".join(hosts[:NAMED_MOST]) + more


class ActionModule(ActionBase):
    BYPASS_HOST_LOOP = True
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        del tmp
        args = self.validate_argument_spec(argument_spec=OF_A_RUN)[1]
        fleet = Fleet(args["run"])
        notes = fleet.hosts()
        all_hosts = task_vars.get("ansible_play_hosts_all") or []
        order = {host: i for i, host in enumerate(all_hosts)}
        notes = dict(sorted(notes.items(), key=lambda item: order.get(item[0], len(order))))
        of = {state: [h for h, n in notes.items() if n.get("state") == state] for state in
              ("done", "unchanged", "failed", "taken_back", "not_taken_back")}
        of["not_begun"] = [h for h in all_hosts if h not in notes]
        bad = [(h, n) for h, n in notes.items() if n.get("state") in ("failed", "not_taken_back") or n.get("failed")]
        result["changed"] = False
        # A host that was not begun, for whatever reason, is not a success.
        result["failed"] = bool(bad or of["not_begun"])
        would = self._task.check_mode
        lines = ["%s: %s: %s" % (h, n.get("verdict"), n.get("msg")) for h, n in bad[:NAMED_MOST]]
        if bad:
            lines.insert(0, "%d of %d hosts failed" % (len(bad), len(all_hosts) or len(notes)))
        for state, words in (("done", "would be handed over" if would else "handed over"),
                             ("taken_back", "taken back to what ran before"),
                             ("unchanged", "nothing to do"), ("not_begun", "not begun")):
            if of[state]:
                lines.append("%s (%d): %s" % (words, len(of[state]), named(of[state])))
        result["msg"] = lines
        # shown also after success, as debug does
        result["_ansible_verbose_always"] = True
        return result
