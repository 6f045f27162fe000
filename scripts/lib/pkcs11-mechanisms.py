#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
"""pkcs11-mechanisms.py MODULE PAGE [--write]: compares the table of mechanisms in PAGE with what the module says.

The table stands between two comments in the page. Exit code 0: it is true. --write puts the true one there.
"""
import ctypes
import os
import re
import sys
import tempfile

ULONG = ctypes.c_ulong
BEGIN, END = '<!-- mechanisms: made by scripts/lib/pkcs11-mechanisms.py -->', '<!-- end of mechanisms -->'
HEADER = os.path.join(os.path.dirname(__file__), '..', '..', 'adapters', 'pkcs11', 'pkcs11_mechanisms.h')
CONSTANTS = os.path.join(os.path.dirname(__file__), '..', '..', 'adapters', 'pkcs11', 'pkcs11_constants.h')
# Column, and the flags that it stands for.
USES = [('encrypt', 'ENCRYPT DECRYPT'), ('sign', 'SIGN VERIFY'), ('recover', 'SIGN_RECOVER VERIFY_RECOVER'), ('digest', 'DIGEST'),
        ('wrap', 'WRAP UNWRAP'), ('derive', 'DERIVE'), ('encapsulate', 'ENCAPSULATE DECAPSULATE'), ('generate', 'GENERATE'),
        ('key pair', 'GENERATE_KEY_PAIR'), ('messages', 'MESSAGE_ENCRYPT MESSAGE_DECRYPT MESSAGE_SIGN MESSAGE_VERIFY')]


def numbers(prefix):
    found = {}
    for path in HEADER, CONSTANTS:
        for name, value in re.findall(r'#define (%s\w+)\s+(0x[0-9a-fA-F]+|\d+)U?L?\b' % prefix, open(path).read()):
            found[name] = int(value, 0)
    return found


class Info(ctypes.Structure):
    _fields_ = [('smallest', ULONG), ('largest', ULONG), ('flags', ULONG)]


def call(function, *arguments):
    code = function(*arguments)
    if code:
        sys.exit('%s: CKR 0x%x' % (function.__name__, code))


def mechanisms(path):
    """Of the first slot: all have the same. Nothing is written: an empty home will do."""
    os.environ['LIBHSM_HOME'] = tempfile.mkdtemp(prefix='libhsm-mechanisms')
    module = ctypes.CDLL(path)
    call(module.C_Initialize, None)
    count = ULONG()
    call(module.C_GetSlotList, ctypes.c_ubyte(0), None, ctypes.byref(count))
    slots = (ULONG * count.value)()
    call(module.C_GetSlotList, ctypes.c_ubyte(0), slots, ctypes.byref(count))
    call(module.C_GetMechanismList, ULONG(slots[0]), None, ctypes.byref(count))
    types = (ULONG * count.value)()
    call(module.C_GetMechanismList, ULONG(slots[0]), types, ctypes.byref(count))
    rows = {}
    for kind in types:
        info = Info()
        call(module.C_GetMechanismInfo, ULONG(slots[0]), ULONG(kind), ctypes.byref(info))
        rows[kind] = info
    call(module.C_Finalize, None)
    os.rmdir(os.environ['LIBHSM_HOME'])
    return rows


def table(path):
    names = {}
    for name, value in numbers('CKM_').items():
        names[value] = min(names.get(value, name[4:]), name[4:], key=len) # of two names the short one
    flags = numbers('CKF_')
    lines = ['| mechanism (CKM_) | number | uses | smallest | largest |', '|---|---|---|---|---|']
    for kind, info in sorted(mechanisms(path).items(), key=lambda row: names[row[0]]):
        said, uses = 0, []
        for use, words in USES:
            bits = sum(flags['CKF_' + word] for word in words.split())
            if info.flags & bits == bits or (use == 'messages' and info.flags & bits):
                uses.append(use)
                said |= bits
        for use, words in USES: # one direction only
            uses += [word.lower() for word in words.split() if info.flags & flags['CKF_' + word] & ~said]
        size = ('', '') if info.largest == 0 else (info.smallest, info.largest)
        lines.append('| `%s` | 0x%x | %s | %s | %s |' % (names[kind], kind, ', '.join(uses), *size))
    return '\n'.join(lines)


def main():
    module, page = os.path.abspath(sys.argv[1]), sys.argv[2]
    text = open(page).read()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    right = before + BEGIN + '\n\n' + table(module) + '\n\n' + END + after
    if right == text:
        return 0
    if sys.argv[3:] == ['--write']:
        open(page, 'w').write(right)
        return 0
    wrong = sorted(set(right.splitlines()) ^ set(text.splitlines()))
    print('%s does not say what the module says; run %s with --write:\n%s' % (page, sys.argv[0], '\n'.join(wrong[:20])))
    return 1


if __name__ == '__main__':
    sys.exit(main())
