#!/usr/bin/python
# SPDX-License-Identifier: MIT
# This is the documentation; the action plugin of the same name does the work, on the controller.

DOCUMENTATION = r"""
---
module: finish
short_description: End a hold, or complete a handover
description:
  - Ends a held handover and makes it final, or completes an interrupted one.
version_added: 1.0.0
options:
  of_this_run:
    description: Only if this run of ansible-playbook holds a handover here, and none of its hosts has failed.
    type: bool
    default: false
extends_documentation_fragment:
  - nginx_handover.fleet.handover
  - nginx_handover.fleet.host
  - nginx_handover.fleet.together
author:
  - the nginx-handover authors
attributes:
  check_mode:
    description: Says whether there is anything to finish.
    support: full
"""

EXAMPLES = r"""
- name: Make it final
  nginx_handover.fleet.finish:
"""

RETURN = r"""
verdict:
  description: The result in one word; see the event C(end) in C(doc/events.schema.json).
  returned: always
  type: str
  sample: done
rc:
  description: The exit code of the command; see nginx-handover.errors(7).
  returned: if a command was run
  type: int
said:
  description: The errors and warnings of the command.
  returned: if a command was run
  type: list
  elements: str
"""
