#!/usr/bin/python
# SPDX-License-Identifier: MIT
# This is the documentation; the action plugin of the same name does the work, on the controller.

DOCUMENTATION = r"""
---
module: conclude
short_description: Report the result of each host
description:
  - Runs once for all hosts, on the controller. Fails if a host has failed.
version_added: 1.0.0
extends_documentation_fragment:
  - nginx_handover.fleet.together
author:
  - the nginx-handover authors
attributes:
  check_mode:
    description: The same as without check mode.
    support: full
"""

EXAMPLES = r"""
- name: Report the result of each host
  nginx_handover.fleet.conclude:
"""

RETURN = r"""
msg:
  description: Each host that failed, with the reason; then the others, grouped by their results.
  returned: always
  type: list
  elements: str
"""
