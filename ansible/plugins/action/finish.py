# SPDX-License-Identifier: MIT
"""finish: ends a hold, or completes a handover; of_this_run: only if this run holds one, and no host has failed."""
from __future__ import annotations

from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.answer import GOOD
from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.command import HANDING_OVER, OF_A_RUN, WHICH, HandoverAction
from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.fleet import Fleet


class ActionModule(HandoverAction):
    SPEC = dict(WHICH, **HANDING_OVER, **OF_A_RUN, of_this_run={"type": "bool", "default": False})

    def act(self, args):
        fleet = Fleet(args["run"])
        if args["of_this_run"] and (fleet.failed() or fleet.of(self.host).get("verdict") != "held"):
            return {"skipped": True, "msg": "nothing is held here by this run, or a host of it has failed"}
        if self._task.check_mode:
            status = self.command("status", args)
            state = status.last("status") or {}
            return dict(status.result(), changed=any(state.get(n) == 1 for n in ("held", "unfinished", "under_way")))
        result = self.command("finish", dict(args, hold=None)).result()
        result["failed"] = result["verdict"] not in GOOD
        if args["of_this_run"]:
            fleet.note(
                self.host,
                "failed" if result["failed"] else "done",
                verdict=result["verdict"],
                msg=result["msg"],
                changed=True,
            )
        return result
