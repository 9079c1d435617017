# SPDX-License-Identifier: MIT
"""The output of nginx-handover with --json: one object a line, and the last one has the verdict."""
from __future__ import annotations

import json

# The verdicts of success. All others failed, or left something that somebody must look after.
GOOD = ("done", "handed_over", "nothing_to_do", "draining", "held")

# With --dry-run: "would_hand_over" and the like.
WOULD = "would_"

# The events that tell most about the result, the best first.
TELLING = ("undone", "stuck", "problem", "kept", "done", "handed_over", "rolled_back", "draining", "held", "reloaded", "would")


class Answer:
    """Other lines are ignored: a login shell may print a greeting, and sudo a lecture."""

    def __init__(self, rc, stdout, stderr=""):
        self.rc = rc
        self.events = []
        other = []
        for line in stdout.splitlines():
            event = _parse(line)
            if event is None:
                other.append(line.strip())
            else:
                self.events.append(event)
        self.other = [line for line in other + stderr.splitlines() if line.strip()]
        self.end = self.last("end")

    def all(self, name):
        return [event for event in self.events if event["event"] == name]

    def last(self, name):
        found = self.all(name)
        return found[-1] if found else None

    @property
    def verdict(self):
        """The result in one word. A run without the event "end" was killed, or never began."""
        if self.end:
            return str(self.end.get("verdict", "failed"))
        return "not_installed" if self.rc == 127 else "killed"

    @property
    def changed(self):
        return bool(self.end and self.end.get("changed") is True)

    @property
    def message(self):
        """Why the command failed, or its result."""
        for name in TELLING:
            event = self.last(name)
            if event and event.get("message"):
                return str(event["message"]).strip()
        for event in reversed(self.events):
            if event.get("level") == "error" and event.get("message"):
                return str(event["message"])
        if self.end:
            said = [str(e["message"]) for e in self.events if e["event"] == "message" and e.get("message")]
            return said[-1] if said else str(self.end.get("message", ""))
        if self.rc == 127:
            return "nginx-handover is not installed here, or not where it is looked for: %s" % " ".join(self.other[-1:])
        return "nginx-handover ended with %s and without a verdict: %s" % (self.rc, " ".join(self.other[-3:]))

    def differences(self):
        """The difference of two builds, for --diff, or None."""
        changes = self.all("change")
        if not changes:
            return None
        return {
            "before_header": "the build that runs",
            "after_header": "the build that is asked for",
            "before": "".join(_line(c, "before") for c in changes),
            "after": "".join(_line(c, "after") for c in changes),
        }

    def would_result(self):
        """The result of a dry run."""
        would = self.last("would")
        result = self.result()
        result["changed"] = would is not None
        if would:
            result["verdict"] = WOULD + str(would.get("what"))
        return result

    def result(self):
        return {
            "verdict": self.verdict,
            "rc": self.rc,
            "changed": self.changed,
            "msg": self.message,
            "said": [str(e.get("message")) for e in self.events if e.get("level") in ("error", "warning")],
        }


def _parse(line):
    line = line.strip()
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def _line(change, side):
    value = change.get(side)
    return "" if not value else "%s: %s\n" % (change.get("what"), value) if value != change.get("what") else "%s\n" % value
