# SPDX-License-Identifier: MIT
# The options of each handover.


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  settle:
    description: How long the new generation is watched serving alone.
    type: str
  hold:
    description: How long the old master is kept for a possible rollback.
    type: str
  probe:
    description: A command on the host that must succeed before the handover is final.
    type: str
  probe_user:
    description: The user who executes the probe.
    type: str
  probe_timeout:
    description: How long each probe may take.
    type: str
  start_timeout:
    description: How long a master may take to be ready.
    type: str
  test_timeout:
    description: How long nginx may test its configuration.
    type: str
  drain_timeout:
    description: How long old workers may finish their clients.
    type: str
  probe_http:
    description: Whether answers to HTTP requests are compared before and after, on the host.
    type: bool
  drain_expired:
    description: What to do with old workers that take longer.
    type: str
    choices: [leave, term]
"""
