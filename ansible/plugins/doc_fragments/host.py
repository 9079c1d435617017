# SPDX-License-Identifier: MIT
# Where nginx-handover is on the host, and which nginx is meant.


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  program:
    description: The command on the host; a path, if it is neither in the PATH nor in C(/usr/local/sbin).
    type: str
    default: nginx-handover
  pid_file:
    description: The pid file of nginx, to choose one of several on a host.
    type: str
  nginx:
    description: The binary of nginx.
    type: str
  conf:
    description: The configuration of nginx.
    type: str
  settings:
    description: The settings file, if it is not the usual one.
    type: str
  service:
    description: The name of the init script.
    type: str
  options:
    description: More options of the command, passed on unchanged.
    type: list
    elements: str
    default: []
notes:
  - The host needs a shell and nginx-handover, but no python. C(gather_facts) needs python, so disable it in the play.
"""
