# SPDX-License-Identifier: MIT
"""upgrade: the handover on one host; does nothing if another host of this run has failed."""
from __future__ import annotations

import hashlib
import json
import os
import shlex
import time

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.module_utils.urls import open_url
from ansible.utils.display import Display

from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.answer import GOOD, WOULD, Answer
from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.command import HANDING_OVER, OF_A_RUN, WHICH, HandoverAction
from ansible_collections.nginx_handover.fleet.plugins.plugin_utils.fleet import Fleet

# Long enough to request a few pages; the run itself ends the hold sooner.
HOLD_FOR_URLS = "5min"

# Seconds to wait for the end of a run whose connection was lost; most of this is its drain.
END_MOST = 180

display = Display()


def digest_of(path):
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            sha.update(block)
    return sha.hexdigest()


class ActionModule(HandoverAction):
    SPEC = dict(
        WHICH,
        **HANDING_OVER,
        **OF_A_RUN,
        binary={"type": "str"},
        src={"type": "path"},
        before={"type": "str"},
        force={"type": "bool", "default": False},
        urls={"type": "list", "elements": "str", "default": []},
        urls_timeout={"type": "int", "default": 10},
        urls_validate_certs={"type": "bool", "default": True},
        accept={"type": "list", "elements": "str", "default": []},
        stop_after_failure={"type": "bool", "default": False}
    )

    def act(self, args):
        if args["binary"] and args["src"]:
            raise AnsibleActionFail("binary is a path on the host, src one on the controller: only one of them can be given")
        self.fleet = Fleet(args["run"])
        if args["stop_after_failure"] and not self._task.check_mode and self.fleet.failed():
            return {"skipped": True, "verdict": "not_begun", "msg": "not begun, since another host of this run has failed"}
        self.reached = False
        try:
            return self.conclude(args, self.hand_over(args))
        except AnsibleConnectionFailure as why:
            if self.reached:
                self.failed("lost", "what runs there now is not known: %s" % why)
            else:
                self.failed("unreachable", str(why))
            raise
        except BaseException as why:  # also raised by the time limit of a task
            self.failed("failed", str(why) or type(why).__name__)
            raise
        finally:
            if args["src"]:
                self._remove_tmp_path(self._connection._shell.tmpdir)

    def failed(self, verdict, text):
        self.fleet.note(self.host, "failed", verdict=verdict, msg=text, changed=False)

    def conclude(self, args, result):
        """Writes the result down."""
        good = result["verdict"] in GOOD or result["verdict"].startswith(WOULD) or result["verdict"] in args["accept"]
        result["failed"] = result.get("failed", False) or not good
        self.fleet.note(
            self.host,
            "failed" if result["failed"] else "done" if result["changed"] else "unchanged",
            verdict=result["verdict"],
            msg=result["msg"],
            # a stuck handover is not taken back automatically, whatever its phase
            changed=result["changed"] and result["verdict"] != "stuck" and not self._task.check_mode,
        )
        return result

    def hand_over(self, args):
        before = self.command("status", args)
        self.reached = True
        if before.verdict in ("not_installed", "killed", "usage"):
            return before.result()
        failed = self.failed_urls(args, "already before anything was done: ")
        if not failed and not self._task.check_mode:
            failed = self.prepare(args)
        if failed:
            return dict(failed, changed=bool(args["before"]) and self.serves_another(args, before))
        what = self.what(args, before)
        differs = None
        if self._task.check_mode or self._task.diff:
            would = self.command("upgrade", args, "--dry-run", *what)
            differs = would.differences()
            if self._task.check_mode:
                return self.with_diff(would.would_result(), differs)
        return self.with_diff(self.upgrade(args, what, before), differs)

    def with_diff(self, result, differs):
        if differs and self._task.diff:
            result["diff"] = differs
        return result

    def what(self, args, before):
        """The options that say which binary. Without one it is the file at the path, if that is not the running one."""
        force = ["--force"] if args["force"] else []
        binary = args["binary"]
        if args["src"]:
            binary = self.on_host(args, before)
        if binary:
            return ["--binary=" + binary] + force
        return force or ["--if-needed"]

    def on_host(self, args, before):
        """Copies the file to the host, unless it has the same bytes as the running one. Its path there."""
        src = self._find_needle("files", args["src"])
        status = before.last("status") or {}
        if status.get("running") and isinstance(status.get("pid"), int):
            runs = "/proc/%d/exe" % status["pid"]
            if self.shell("sha256sum <%s" % runs)["stdout"].split()[-2:-1] == [digest_of(src)]:
                return runs
        self._make_tmp_path()
        folder = self._connection._shell.tmpdir
        there = self._connection._shell.join_path(folder, os.path.basename(src))
        self._transfer_file(src, there)
        self._fixup_perms2((folder, there))
        return there

    def prepare(self, args):
        """Runs the command that installs the new files, such as a package manager. None, or why it failed."""
        if not args["before"]:
            return None
        said = self.shell("sh -c " + shlex.quote(args["before"]))
        if said["rc"] == 0:
            return None
        last = (said["stdout"] + said["stderr"]).strip().splitlines()[-3:]
        text = '"%s" ended with %d: %s' % (args["before"], said["rc"], " ".join(last))
        return {"verdict": "failed", "changed": False, "rc": said["rc"], "msg": text}

    def failed_urls(self, args, when):
        """None, or the first page without a good answer, requested by the controller."""
        for url in args["urls"]:
            try:
                open_url(
                    url,
                    timeout=args["urls_timeout"],
                    validate_certs=args["urls_validate_certs"],
                    use_proxy=False,
                    follow_redirects="safe",
                ).close()
            except Exception as why:  # from the server, the resolver or TLS
                return {"verdict": "bad_answer", "changed": False, "rc": 0, "msg": "%s%s: %s" % (when, url, why)}
        return None

    def upgrade(self, args, what, before):
        held_for_us = args["urls"] and not args["hold"]
        if held_for_us:
            args = dict(args, hold=HOLD_FOR_URLS)
        answer = self.answer(args, what)
        result = answer.result()
        if not answer.changed and answer.verdict in GOOD and self.serves_another(args, before):
            # by a package's hook, or by the run whose connection was lost
            result["changed"] = True
        failed = self.failed_urls(args, "") if result["verdict"] in GOOD else None
        if failed:
            return self.take_back(args, result, failed)
        if held_for_us and answer.verdict == "held":
            end = self.command("finish", dict(args, hold=None)).result()
            result.update(verdict=end["verdict"], rc=end["rc"], msg=end["msg"], said=result["said"] + end["said"])
        return result

    def answer(self, args, what):
        """
        If the connection is lost, the run on the host continues. When it has ended, the command is given once more: if
        the first run has succeeded, there is nothing to do.
        """
        try:
            return self.command("upgrade", args, *what)
        except AnsibleConnectionFailure as why:
            if not self.reached:
                raise
            display.warning("[%s]: the connection was lost in the upgrade, and is tried again: %s" % (self.host, why))
        self._connection.reset()
        if self.await_end(args).get("held") == 1 and args["hold"]:
            held = {"event": "end", "verdict": "held", "code": 156, "changed": True, "message": "held"}
            return Answer(156, json.dumps(held))
        return self.command("upgrade", args, *what)

    def await_end(self, args):
        """The state when no run is active any more, or when the time is over."""
        until = time.monotonic() + END_MOST
        while True:
            state = self.command("status", args).last("status") or {}
            if state.get("under_way") != 1 or time.monotonic() > until:
                return state
            time.sleep(1)

    def serves_another(self, args, before):
        """Whether a master other than before serves."""
        then = before.last("status") or {}
        if not args["before"] and not then.get("running"):
            return False
        now = self.command("status", args).last("status") or {}
        return bool(now.get("running")) and now.get("pid") != then.get("pid")

    def take_back(self, args, result, failed):
        if not result["changed"]:
            return failed
        back = self.command("rollback", dict(args, hold=None))
        gone_back = back.verdict in GOOD
        text = "%s; taken back" if gone_back else "%s; and it could not be taken back: " + back.message
        return dict(failed, changed=not gone_back, msg=text % failed["msg"], said=result["said"] + back.result()["said"])
