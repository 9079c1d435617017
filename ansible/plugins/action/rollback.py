# SPDX-License-Identifier: MIT
"""rollback: goes back to the build before; of_this_run: only what this run has changed, and only if a host has failed."""
from __future__ import annotations

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.answer import GOOD
from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.command import HANDING_OVER, OF_A_RUN, WHICH, HandoverAction
from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.fleet import Fleet


class ActionModule(HandoverAction):
    SPEC = dict(
        WHICH,
        **HANDING_OVER,
        **OF_A_RUN,
        to={"type": "str"},
        restart={"type": "bool", "default": False},
        of_this_run={"type": "bool", "default": False}
    )

    def act(self, args):
        fleet = Fleet(args["run"])
        if not args["of_this_run"]:
            return self.go_back(args)
        if not fleet.failed():
            return {"skipped": True, "msg": "no host of this run has failed"}
        if not fleet.of(self.host).get("changed"):
            return {"skipped": True, "msg": "this run has changed nothing here"}
        try:
            result = self.go_back(args)
        except AnsibleConnectionFailure as why:
            fleet.note(self.host, "not_taken_back", verdict="unreachable", msg=str(why), changed=True)
            raise
        fleet.note(
            self.host,
            "not_taken_back" if result["failed"] else "taken_back",
            verdict=result["verdict"],
            msg=result["msg"],
            changed=result["failed"],
            failed=fleet.of(self.host).get("state") == "failed",
        )
        return result

    def go_back(self, args):
        more = ["--to=" + args["to"]] if args["to"] else []
        more += ["--restart"] if args["restart"] else []
        more += ["--dry-run"] if self._task.check_mode else []
        answer = self.command("rollback", args, *more)
        result = answer.would_result() if self._task.check_mode else answer.result()
        # the old generation serves again, as requested
        went = answer.verdict in GOOD or answer.last("rolled_back") is not None
        result["failed"] = not went
        if answer.last("rolled_back") is not None:
            result["changed"] = True
        if self._task.diff and answer.differences():
            result["diff"] = answer.differences()
        return result
