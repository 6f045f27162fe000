#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
"""bench-pkcs11.py BUILD OUTPUT [--quick]: the PKCS #11 module beside others and beside bare Botan, taking turns.

Each is a process of its own (bench/p11bench) that does one operation at a time when it is told to; in every round each has its
turn, so that all meet the same noise. Writes pkcs11.md, pkcs11.csv and pkcs11.svg into OUTPUT.
"""
import csv
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench_report  # noqa: E402

SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so'
OPENCRYPTOKI = '/usr/lib/x86_64-linux-gnu/opencryptoki/libopencryptoki.so'
PIN = '1234'
OPERATIONS = ('rsa2048_sign rsa2048_sign_pss rsa2048_verify p256_sign p256_verify ed25519_sign mldsa65_sign hmac_sha256_16 '
              'hmac_sha256_1k aes256_gcm_16 aes256_gcm_1k aes256_gcm_16k aes256_cbc_16 aes256_cbc_1k sha256_16 sha256_1k random_32 '
              'open_close_session get_attribute keygen_aes256_session keygen_p256_session keygen_aes256_token '
              'keygen_p256_token').split()


class Side:
    """One module (or Botan) with a token of its own in a directory of its own."""

    def __init__(self, name, module, base):
        self.name, self.module, self.home = name, module, os.path.join(base, name)
        os.makedirs(os.path.join(self.home, 'tokens'))
        conf = os.path.join(self.home, 'softhsm2.conf')
        with open(conf, 'w') as file:
            file.write('directories.tokendir = %s/tokens\nlog.level = ERROR\n' % self.home)
        self.environment = dict(os.environ, LIBHSM_HOME=self.home + '/hsm', SOFTHSM2_CONF=conf)
        for variable in [v for v in os.environ if v.startswith(('NFAST_', 'CKNFAST_', 'LIBHSM_')) and v != 'LIBHSM_HOME']:
            self.environment.pop(variable, None)

    def make_token(self):
        if self.module == 'botan':
            return True
        made = subprocess.run(['softhsm2-util', '--module', self.module, '--init-token', '--free', '--label', 'bench', '--so-pin',
                               '12345678', '--pin', PIN], env=self.environment, capture_output=True, text=True)
        if made.returncode:
            print('%s does not start: %s' % (self.name, (made.stdout + made.stderr).strip()), file=sys.stderr)
        return made.returncode == 0

    def command(self, program, *words):
        return [program, self.module] + ([] if self.module == 'botan' else ['bench', PIN, *words])


class Worker:
    """A running p11bench."""

    def __init__(self, program, side):
        self.process = subprocess.Popen(side.command(program), env=side.environment, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if self.process.stdout.readline().strip() != 'ready':
            raise RuntimeError('%s did not begin' % side.name)

    def ask(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()

    def answer(self):
        return self.process.stdout.readline().split()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def measure(workers, operation, threads, seconds):
    """All of these processes at once: operations a second, microseconds of processor time for one. None: refused."""
    for worker in workers:
        worker.ask('run %s %d %g' % (operation, threads, seconds))
    answers = [worker.answer() for worker in workers]
    if any(not answer or answer[0] == 'refused' for answer in answers):
        return None
    rate = sum(float(a[2]) / float(a[3]) for a in answers)
    return rate, statistics.mean(float(a[6]) for a in answers), float(answers[0][4]), float(answers[0][5])


def rounds(sides, program, plan, rows):
    for processes, threads in plan['ways']:
        workers = {side.name: [Worker(program, side) for _ in range(processes)] for side in sides}
        for operation in OPERATIONS:
            if (processes, threads) != (1, 1) and operation.startswith('keygen'):
                continue
            got = {side.name: [] for side in sides}
            for _ in range(plan['rounds']):
                for side in sides:
                    longer = 5 if operation == 'mldsa65_sign' else 1 # how long one takes is a matter of luck
                    got[side.name].append(measure(workers[side.name], operation, threads, plan['seconds'] * longer))
            for name, values in got.items():
                if values and all(values):
                    rows.append([name, operation, threads, processes] + [statistics.median(v[i] for v in values) for i in range(4)])
            print('.', end='', flush=True)
        for group in workers.values():
            for worker in group:
                worker.end()
    print()


def cold(side, program, times):
    """Fresh processes, one after the other: the median of each figure; of the passphrase's, which varies most, the least."""
    figures = {}
    for _ in range(times):
        out = subprocess.run(side.command(program, 'cold'), env=side.environment, capture_output=True, text=True, check=True).stdout
        for line in out.splitlines():
            name, value = line.split()
            figures.setdefault(name, []).append(float(value))
    return {name: (min if name == 'login_ms' else statistics.median)(values) for name, values in figures.items()}


def foreign_change(side, number):
    """Somebody copies a record in. (It belongs to another name and is not valid; looked at it must be all the same.)"""
    local = side.home + '/hsm/kmdata/local/'
    record = next(name for name in sorted(os.listdir(local)) if name.startswith('key_pkcs11_'))
    shutil.copyfile(local + record, local + 'key_pkcs11_%040x' % number)


def many(sides, program, count, seconds, facts):
    """Figures with so many objects; those of SoftHSM take too long with more than 10,000."""
    for side in sides:
        key = (side.name, count)
        print('%d objects: %s' % (count, side.name), flush=True)
        facts[(side.name, 0)] = facts.get((side.name, 0)) or cold(side, program, 5)
        worker = Worker(program, side)
        worker.ask('populate %d' % count)
        made, took = worker.answer()
        found = measure([worker], 'find_label', 1, seconds)
        worker.end()
        time.sleep(3) # the clock of the directory: what is younger is looked at twice
        subprocess.run(side.command(program, 'cold'), env=side.environment, capture_output=True)
        facts[key] = cold(side, program, 5 if side.name == 'libhsm' else 2)
        facts[key]['objects'] = float(made)
        facts[key]['create_ms'] = float(took) * 1000 / count
        if found:
            facts[key]['find_us'], facts[key]['find_cpu_us'] = found[2], found[1]
        if side.name == 'libhsm':
            foreign_change(side, count)
            changed = cold(side, program, 1)
            facts[key]['foreign_ms'] = changed['initialize_to_first_find_ms']
        shutil.rmtree(side.home)
        side.__init__(side.name, side.module, os.path.dirname(side.home))
        side.make_token()


def version_of(command, word):
    try:
        text = subprocess.run(command, capture_output=True, text=True).stdout
        return next(line for line in text.splitlines() if word in line).split()[-1]
    except (OSError, StopIteration, IndexError):
        return '?'


def about():
    cpu = next((line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')), platform.processor())
    debian = version_of(['dpkg-query', '-W', '-f', '${Version}\n', 'softhsm2'], '')
    return {'date': time.strftime('%Y-%m-%d'), 'cpu': '%s, %d processors' % (cpu, os.cpu_count()), 'softhsm': debian,
            'system': platform.platform(), 'load': '%.1f' % os.getloadavg()[0]}


def main():
    build, output, quick = os.path.abspath(sys.argv[1]), sys.argv[2], '--quick' in sys.argv
    program = build + '/bench/p11bench'
    plan = {'rounds': 1 if quick else 3, 'seconds': 0.05 if quick else 0.2, 'ways': [(1, 1), (1, 2), (2, 1)]}
    base = tempfile.mkdtemp(prefix='libhsm-bench-', dir='/dev/shm' if os.path.isdir('/dev/shm') else None)
    facts, rows, about_it = {}, [], about()
    try:
        wanted = [('libhsm', build + '/adapters/pkcs11/libhsm-pkcs11.so'), ('SoftHSM', SOFTHSM), ('openCryptoki', OPENCRYPTOKI),
                  ('Botan', 'botan')]
        sides = [Side(name, module, base) for name, module in wanted if module == 'botan' or os.path.exists(module)]
        sides = [side for side in sides if side.make_token()]
        rounds(sides, program, plan, rows)
        ours = [side for side in sides if side.name == 'libhsm']
        others = [side for side in sides if side.name == 'SoftHSM']
        many(ours + others, program, 500 if quick else 10000, plan['seconds'] * 4, facts)
        if not quick:
            many(ours, program, 100000, plan['seconds'] * 4, facts)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    os.makedirs(output, exist_ok=True)
    with open(output + '/pkcs11.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['side', 'operation', 'threads', 'processes', 'per_second', 'cpu_us', 'p50_us', 'p99_us'])
        writer.writerows([row[:4] + ['%.4g' % value for value in row[4:]] for row in rows])
        for (name, count), figures in facts.items():
            writer.writerows([name, figure, '%d objects' % count, '', '', '', '%.4g' % value, ''] for figure, value in figures.items())
    with open(output + '/pkcs11.md', 'w') as file:
        file.write(bench_report.markdown(rows, facts, about_it))
    with open(output + '/pkcs11.svg', 'w') as file:
        file.write(bench_report.chart(rows, about_it))
    print(open(output + '/pkcs11.md').read())


if __name__ == '__main__':
    main()
