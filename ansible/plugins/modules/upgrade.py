#!/usr/bin/python
# SPDX-License-Identifier: MIT
# This is the documentation; the action plugin of the same name does the work, on the controller.

DOCUMENTATION = r"""
---
module: upgrade
short_description: Hand nginx over to another binary
description:
  - Replaces the running nginx without losing a connection, and puts everything back if the new one does not work.
  - Changes nothing if the same bytes already run or, without I(binary) and I(src), if no file that nginx uses was replaced.
version_added: 1.0.0
options:
  binary:
    description: A file on the host, which is installed in place of the running one.
    type: str
  src:
    description: A file on the controller, likewise. It is copied only if its bytes are not those of the running binary.
    type: path
  before:
    description: >-
      A command for the shell of the host that first installs new files, for example a package manager. It is not run in
      check mode. If a hook of the package has already handed over, that counts as the change.
    type: str
  force:
    description: Hand over even to a binary with the same bytes as the running one.
    type: bool
    default: false
  urls:
    description: >-
      Pages that the controller requests before and after the handover. After a bad answer before it, nothing is done. After a
      bad answer afterwards, the old master, which is held for that time, serves again.
    type: list
    elements: str
    default: []
  urls_timeout:
    description: Seconds for each page.
    type: int
    default: 10
  urls_validate_certs:
    description: Whether the certificates of the pages must be valid.
    type: bool
    default: true
  accept:
    description: Verdicts that count as success in addition to done, handed_over, nothing_to_do, draining and held, such as C(unread).
    type: list
    elements: str
    default: []
  stop_after_failure:
    description: >-
      Do nothing if any host of this run has failed or could not be reached, even one of the same batch. (In check mode
      all hosts are checked.)
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
- name: Hand over to a build from the controller
  nginx_handover.fleet.upgrade:
    src: builds/nginx-1.26.3
    probe_http: true

- name: The same with a package
  nginx_handover.fleet.upgrade:
    before: dnf -y upgrade nginx
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
