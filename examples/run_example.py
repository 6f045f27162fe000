# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
"""Runs a program with a new, empty LIBHSM_HOME that is removed afterwards: run_example.py [--wine] PROGRAM..."""

import os
import subprocess
import sys
import tempfile

words = sys.argv[1:]
wine = words[:1] == ["--wine"]
if wine:
    words = words[1:]
environment = {name: value for name, value in os.environ.items() if not name.startswith(("LIBHSM_", "NFAST_"))}
for kept in ("LIBHSM_CACHE", "LIBHSM_WINEPREFIX"):
    if kept in os.environ:
        environment[kept] = os.environ[kept]
with tempfile.TemporaryDirectory(prefix="libhsm-example-") as home, tempfile.TemporaryFile() as output:
    environment["LIBHSM_HOME"] = "Z:" + home if wine else home  # Wine shows the root of the file system as drive Z
    # Into a file: the services that Wine starts would hold a pipe open long after the program has ended.
    ended = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    output.seek(0)
    sys.stdout.buffer.write(output.read())
if ended.returncode < 0:
    sys.exit(f"{words[-1]}: ended by signal {-ended.returncode}")
sys.exit(ended.returncode)
