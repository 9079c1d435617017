#!/usr/bin/python
# SPDX-License-Identifier: MIT
# This is the documentation; the action plugin of the same name does the work, on the controller.

DOCUMENTATION = r"""
---
module: reload
short_description: Read the configuration again, or hand over
description:
  - Has nginx read its configuration again, and checks that it did. Hands over if its binary was replaced. Use it instead of a restart.
version_added: 1.0.0
options:
  reload_upgrades:
    description: Which replaced files turn the reload into a handover; C(all) also counts libraries.
    type: str
    choices: [binary, all, 'no']
extends_documentation_fragment:
  - nginx_handover.fleet.handover
  - nginx_handover.fleet.host
author:
  - the nginx-handover authors
attributes:
  check_mode:
    description: Tests the configuration.
    support: full
"""

EXAMPLES = r"""
- name: restart nginx
  nginx_handover.fleet.reload:
    reload_upgrades: all
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
