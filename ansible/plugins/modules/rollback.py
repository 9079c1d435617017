#!/usr/bin/python
# SPDX-License-Identifier: MIT
# This is the documentation; the action plugin of the same name does the work, on the controller.

DOCUMENTATION = r"""
---
module: rollback
short_description: Go back to the build that served before
description:
  - Undoes an unfinished or held handover; otherwise hands over to the build that served before.
version_added: 1.0.0
options:
  to:
    description: A version, or the name of a backup.
    type: str
  restart:
    description: Stop and start nginx if its master cannot be upgraded.
    type: bool
    default: false
  of_this_run:
    description: Only if this run of ansible-playbook has changed something here, and one of its hosts has failed.
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
    description: Makes all checks, and says what would be done.
    support: full
"""

EXAMPLES = r"""
- name: Go back
  nginx_handover.fleet.rollback:
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
