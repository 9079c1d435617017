#!/usr/bin/python
# SPDX-License-Identifier: MIT
# This is the documentation; the action plugin of the same name does the work, on the controller.

DOCUMENTATION = r"""
---
module: status
short_description: Set the state of nginx as facts
description:
  - Sets C(ansible_facts.nginx_handover). It changes nothing.
version_added: 1.0.0
extends_documentation_fragment:
  - nginx_handover.fleet.host
author:
  - the nginx-handover authors
attributes:
  check_mode:
    description: The same as without check mode.
    support: full
"""

EXAMPLES = r"""
- name: Get the state
  nginx_handover.fleet.status:

- name: Show what is due
  ansible.builtin.debug:
    var: ansible_facts.nginx_handover.due
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
ansible_facts:
  description: Facts.
  returned: success
  type: dict
  contains:
    nginx_handover:
      description: >-
        state, pid, version, binary, pid_file and unit, the flags running, stopping, due, under_way, unfinished, held and
        draining, and a list of generations.
      type: dict
"""
