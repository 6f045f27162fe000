# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
"""Sums the tests of several builds: summary.py NAME=OUTCOME=SECONDS=DIRECTORY...

A Catch2 program counts with its test cases, read from the XML report that its command line names; any
other test counts as one. A program that Meson calls failed counts at least one failure, whatever its
report says. The last line is "N passed, N failed, N skipped"; the exit code is 0 only if nothing failed
and every build ran at least one test.
"""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def report_path(command):
    for argument in command:
        if argument.startswith("xml::out="):
            return pathlib.Path(argument.removeprefix("xml::out="))
    return None


def last_case(path):
    """The test case in which an incomplete report ends."""
    try:
        names = re.findall(r'<TestCase name="([^"]*)"', path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return "it wrote no report"
    return f"it ended in the test case: {names[-1]}" if names else "it ended before the first test case"


def last_line(text):
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def cases_of(path):
    """(passed, failures, skips) of a Catch2 report; None if there is none or it ends too early."""
    try:
        tree = ElementTree.parse(path)
    except (OSError, ElementTree.ParseError):
        return None
    passed, failures, skips = 0, [], []
    for case in tree.iter("TestCase"):
        name = case.get("name", "?")
        result = case.find("OverallResult")
        skipped = [" ".join((skip.text or "no reason given").split()) for skip in case.iter("Skip")]
        if result is None or result.get("success") != "true":
            failures.append(name)
        elif skipped:
            skips.append((name, skipped[0]))
        else:
            passed += 1
    return passed, failures, skips


def add_test(test):
    """(passed, failures, skips) of one entry of Meson's log."""
    name, result = test["name"].rpartition(" / ")[2], test["result"]
    path = report_path(test["command"])
    cases = cases_of(path) if path else None
    bad = result not in ("OK", "EXPECTEDFAIL", "SKIP")
    if cases is None:
        if result == "SKIP":
            return 0, [], [(name, last_line(test.get("stdout")))]
        if bad or path:
            return 0, [f"{name}: {result}" + (f" ({last_case(path)})" if path else "")], []
        return 1, [], []
    passed, failures, skips = cases
    if bad and not failures:
        failures = [f"{result} (exit code {test.get('returncode')}) though no test case failed"]
    return passed, [f"{name}: {case}" for case in failures], [(f"{name}: {case}", why) for case, why in skips]


def sum_build(directory):
    passed, failures, skips = 0, [], []
    log = pathlib.Path(directory) / "meson-logs" / "testlog.json"
    if log.exists():
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            ok, bad, left = add_test(json.loads(line))
            passed += ok
            failures += bad
            skips += left
    if passed + len(failures) + len(skips) == 0:
        failures = ["no test ran"]
    return passed, failures, skips


def main(runs):
    total_passed = total_failed = total_skipped = 0
    for run in runs:
        name, outcome, seconds, directory = run.split("=", 3)
        passed, failures, skips = sum_build(directory) if outcome == "ran" else (0, ["did not build"], [])
        for what, why in skips:
            print(f"{name}: skipped: {what}: {why}")
        for what in failures:
            print(f"{name}: FAILED: {what}")
        print(f"{name}: {passed} passed, {len(failures)} failed, {len(skips)} skipped ({seconds} s)")
        total_passed += passed
        total_failed += len(failures)
        total_skipped += len(skips)
    if not runs:
        total_failed = 1
    sys.stdout.flush()
    print(f"{total_passed} passed, {total_failed} failed, {total_skipped} skipped")
    return 1 if total_failed or total_passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
