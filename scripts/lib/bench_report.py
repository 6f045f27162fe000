# SPDX-FileCopyrightText: 2026 The libhsm authors
# SPDX-License-Identifier: BSD-2-Clause
"""What scripts/lib/bench-pkcs11.py writes: a page in Markdown and a chart in SVG. The standard library is enough."""
import math

WORDS = {
    'rsa2048_sign': 'RSA-2048 sign, PKCS #1, SHA-256', 'rsa2048_sign_pss': 'RSA-2048 sign, PSS', 'rsa2048_verify': 'RSA-2048 verify',
    'p256_sign': 'ECDSA P-256 sign', 'p256_verify': 'ECDSA P-256 verify', 'ed25519_sign': 'Ed25519 sign',
    'mldsa65_sign': 'ML-DSA-65 sign', 'hmac_sha256_16': 'HMAC-SHA256, 16 B', 'hmac_sha256_1k': 'HMAC-SHA256, 1 KiB',
    'aes256_gcm_16': 'AES-256-GCM, 16 B', 'aes256_gcm_1k': 'AES-256-GCM, 1 KiB', 'aes256_gcm_16k': 'AES-256-GCM, 16 KiB',
    'aes256_cbc_16': 'AES-256-CBC, 16 B', 'aes256_cbc_1k': 'AES-256-CBC, 1 KiB', 'sha256_16': 'SHA-256, 16 B',
    'sha256_1k': 'SHA-256, 1 KiB', 'random_32': 'C_GenerateRandom, 32 B', 'open_close_session': 'C_OpenSession + C_CloseSession',
    'get_attribute': 'C_GetAttributeValue', 'keygen_aes256_session': 'AES-256 key, session', 'keygen_p256_session': 'P-256 pair, session',
    'keygen_aes256_token': 'AES-256 key, token', 'keygen_p256_token': 'P-256 pair, token',
}
SIDES = ['libhsm', 'SoftHSM', 'openCryptoki', 'Botan']
COLOURS = {'libhsm': '#1b6ca8', 'SoftHSM': '#c98b2b', 'openCryptoki': '#7a7a7a', 'Botan': '#9bc1dd'}


def number(value, digits=3):
    if value is None:
        return ''
    text = '%.*g' % (digits, value)
    if 'e' in text or abs(value) >= 1000:
        return '{:,.0f}'.format(float(text))
    return text


def indexed(rows):
    return {(side, operation, threads, processes): (rate, cpu) for side, operation, threads, processes, rate, cpu, *_ in rows}


def table(header, lines):
    return '\n'.join(['| ' + ' | '.join(header) + ' |', '|' + '---|' * len(header)] + ['| ' + ' | '.join(l) + ' |' for l in lines]) + '\n'


def operations(at, sides):
    others = [side for side in sides if side not in ('libhsm', 'Botan')]
    header = ['operation', 'libhsm', 'Botan alone', 'difference'] + [w for side in others for w in (side, 'times quicker')]
    lines = []
    for operation, words in WORDS.items():
        ours = at.get(('libhsm', operation, 1, 1))
        if not ours:
            continue
        bare = at.get(('Botan', operation, 1, 1))
        line = [words, number(ours[1]), number(bare[1]) if bare else '', number(ours[1] - bare[1], 2) if bare else '']
        for side in others:
            other = at.get((side, operation, 1, 1))
            line += [number(other[1]), number(other[1] / ours[1], 2)] if other else ['', '']
        lines.append(line)
    return table(header, lines)


def scaling(at, sides):
    header = ['operation'] + ['%s, %s' % (side, way) for side in sides for way in ('2 threads', '2 processes')]
    lines = []
    for operation, words in WORDS.items():
        cells = []
        for side in sides:
            one = at.get((side, operation, 1, 1))
            for way in ((2, 1), (1, 2)):
                two = at.get((side, operation, *way))
                cells.append('%.2f' % (two[0] / one[0]) if one and two else '')
        if any(cells):
            lines.append([words] + cells)
    return table(header, lines)


FIGURES = [('dlopen_ms', 'dlopen and C_GetFunctionList (ms)'), ('C_Initialize_ms', 'C_Initialize (ms)'),
           ('initialize_to_first_find_ms', 'C_Initialize to the first search done (ms)'),
           ('foreign_ms', 'the same after a record was copied in (ms)'), ('login_ms', 'C_Login (ms)'),
           ('find_us', 'find one of them by its label (µs)'), ('create_ms', 'create one (ms)'),
           ('peak_before_login_mb', 'peak memory before login (MB)'), ('empty_process_mb', 'of that the empty process (MB)')]


def stored(facts):
    columns = [(side, count) for side, count in facts if facts[(side, count)]]
    header = ['with token objects'] + ['%s, %s' % (side, '{:,}'.format(count)) for side, count in columns]
    lines = [[words] + [number(facts[column].get(figure)) for column in columns] for figure, words in FIGURES]
    return table(header, lines)


SMALL = [operation for operation in WORDS if operation.startswith(('hmac', 'aes256')) and not operation.endswith('16k')]
SIGNING = ['rsa2048_sign', 'rsa2048_sign_pss', 'p256_sign', 'ed25519_sign', 'mldsa65_sign']


def goals(at, facts):
    """What is to be reached, each with what was measured here."""
    found = []

    def goal(words, value, limit, unit, at_most=True):
        if value is not None:
            found.append([words, '%s %s' % (number(value), unit), '%s %s %s' % ('at most' if at_most else 'at least', limit, unit),
                          'yes' if (value <= limit) == at_most or value == limit else 'no'])

    def cost(side, operation):
        return at.get((side, operation, 1, 1), (None, None))[1]

    def fact(count, figure):
        return facts.get(('libhsm', count), {}).get(figure)

    for operation in SMALL + ['sha256_16', 'sha256_1k']:
        if cost('libhsm', operation) and cost('Botan', operation):
            goal(WORDS[operation] + ', over Botan', cost('libhsm', operation) - cost('Botan', operation), 0.3, 'µs')
        if operation in SMALL and cost('libhsm', operation) and cost('SoftHSM', operation):
            goal(WORDS[operation] + ', against SoftHSM', cost('SoftHSM', operation) / cost('libhsm', operation), 10, 'times', False)
    for operation in SIGNING:
        if cost('libhsm', operation) and cost('Botan', operation):
            goal(WORDS[operation] + ', against Botan', cost('libhsm', operation) / cost('Botan', operation), 1.03, 'times')
    goal(WORDS['get_attribute'], cost('libhsm', 'get_attribute'), 0.5, 'µs')
    goal(WORDS['open_close_session'], cost('libhsm', 'open_close_session'), 0.5, 'µs')
    for count, start, changed, memory in ((10000, 10, 30, 25), (100000, 15, 300, 40)):
        of = ', {:,} objects'.format(count)
        goal('find by label' + of, fact(count, 'find_us'), 5, 'µs')
        goal('C_Initialize to first search' + of, fact(count, 'initialize_to_first_find_ms'), start, 'ms')
        goal('after a record was copied in' + of, fact(count, 'foreign_ms'), changed, 'ms')
        goal('peak memory before login' + of, fact(count, 'peak_before_login_mb'), memory, 'MB')
        if fact(count, 'login_ms') and fact(0, 'login_ms'):
            goal('login, over one without objects' + of, fact(count, 'login_ms') - fact(0, 'login_ms'), 10, 'ms')
    goal('dlopen and C_GetFunctionList', fact(10000, 'dlopen_ms'), 2, 'ms')
    return table(['what', 'measured', 'to reach', 'reached'], found)


def markdown(rows, facts, about):
    at = indexed(rows)
    sides = [side for side in SIDES if any(row[0] == side for row in rows)]
    return '''# The PKCS #11 module beside others

%(date)s; %(cpu)s, shared with other work (load %(load)s at the beginning); SoftHSM %(softhsm)s of Debian; all directories in memory
(`/dev/shm`). Made by `scripts/bench pkcs11`.

## Operations

Microseconds of processor time for one, Init included, one thread, keys on the token. Botan: the bare operation with a kept object.
Medians of rounds in which everybody takes turns.

''' % about + operations(at, sides) + '''
## Scaling

Operations a second with two threads, and with two processes, against one.

''' + scaling(at, sides) + '''
## Many objects

A fresh process each time, with a token of private AES keys. Elapsed time.

''' + stored(facts) + '''
## What is to be reached

''' + goals(at, facts)


def chart(rows, about):
    """Bars of operations for each second of processor time; the scale is logarithmic."""
    at = indexed(rows)
    sides = [side for side in SIDES if any(row[0] == side for row in rows)]
    shown = [operation for operation in WORDS if ('libhsm', operation, 1, 1) in at]
    left, width, bar, gap, top = 250, 560, 9, 8, 70
    rates = [1e6 / cpu for (_, operation, threads, processes), (_, cpu) in at.items() if (threads, processes) == (1, 1) and cpu > 0]
    low, high = math.floor(math.log10(min(rates))), math.ceil(math.log10(max(rates)))
    height = top + len(shown) * (len(sides) * bar + gap) + 40

    def x(rate):
        return left + width * (math.log10(rate) - low) / (high - low)

    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">' % (left + width + 60, height),
           '<rect width="100%" height="100%" fill="white"/>',
           '<text x="%d" y="22" font-size="15">Operations for each second of processor time, one thread, token keys</text>' % 12]
    for i, side in enumerate(sides):
        out.append('<rect x="%d" y="34" width="12" height="12" fill="%s"/><text x="%d" y="44">%s</text>'
                   % (12 + 130 * i, COLOURS[side], 30 + 130 * i, 'Botan alone' if side == 'Botan' else side))
    for power in range(low, high + 1):
        out.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle" fill="#555">%s</text>'
                   % (x(10 ** power), top - 8, x(10 ** power), height - 30, x(10 ** power), height - 14, '{:,}'.format(10 ** power)))
    y = top
    for operation in shown:
        out.append('<text x="%d" y="%.1f" text-anchor="end">%s</text>' % (left - 8, y + len(sides) * bar / 2 + 4, WORDS[operation]))
        for side in sides:
            value = at.get((side, operation, 1, 1))
            if value:
                out.append('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'
                           % (left, y, max(1, x(1e6 / value[1]) - left), bar - 1, COLOURS[side]))
            y += bar
        y += gap
    out.append('<text x="12" y="%d" fill="#555" font-size="10">%s, %s</text></svg>' % (height - 14, about['date'], about['cpu']))
    return '\n'.join(out) + '\n'
