# SPDX-License-Identifier: MIT
# Which tasks of one run of ansible-playbook belong together.


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  run:
    description: >-
      A name for the handovers that belong together in one run of ansible-playbook. Two services on the same hosts need two
      names.
    type: str
    default: handover
"""
