# SPDX-License-Identifier: MIT
"""reload: reads the configuration again, or upgrades if the binary was replaced. Check mode tests the configuration."""
from __future__ import annotations

from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.answer import GOOD
from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.command import HANDING_OVER, WHICH, HandoverAction


class ActionModule(HandoverAction):
    SPEC = dict(WHICH, **HANDING_OVER, reload_upgrades={"type": "str", "choices": ["binary", "all", "no"]})

    def act(self, args):
        if self._task.check_mode:
            answer = self.command("configtest", args)
            return dict(answer.result(), failed=answer.verdict not in GOOD, changed=answer.verdict in GOOD)
        more = ["--reload-upgrades=" + args["reload_upgrades"]] if args["reload_upgrades"] else []
        result = self.command("reload", args, *more).result()
        result["failed"] = result["verdict"] not in GOOD
        return result
