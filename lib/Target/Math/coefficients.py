#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Prints the minimax coefficients of lib/Target/Math (Remez exchange; needs mpmath).
import mpmath as mp

mp.mp.dps = 50


def remez(function, low, high, degree, weight=lambda x: 1, steps=12, samples=1500):
    """The polynomial of the degree that minimises max |weight · (p - function)| on [low, high], and that maximum."""
    count = degree + 2
    nodes = [(low + high) / mp.mpf(2) - (high - low) / mp.mpf(2) * mp.cos(mp.pi * i / (count - 1)) for i in range(count)]
    grid = [low + (high - low) * (1 - mp.cos(mp.pi * mp.mpf(i) / samples)) / 2 for i in range(samples + 1)]
    values = [function(x) for x in grid]
    weights = [weight(x) for x in grid]
    for _ in range(steps):
        matrix = mp.matrix(count, count)
        right = mp.matrix(count, 1)
        for i, x in enumerate(nodes):
            for k in range(degree + 1):
                matrix[i, k] = x**k
            matrix[i, degree + 1] = (-1) ** i / weight(x)
            right[i] = function(x)
        solution = mp.lu_solve(matrix, right)
        coefficients = [solution[k] for k in range(degree + 1)]
        errors = [w * (mp.polyval(coefficients[::-1], x) - v) for x, v, w in zip(grid, values, weights)]
        # One extremum per run of equal sign; the first node set is kept when a run is missing.
        runs, start = [], 0
        for i in range(1, len(errors) + 1):
            if i == len(errors) or (errors[i] > 0) != (errors[start] > 0):
                runs.append(max(range(start, i), key=lambda j: abs(errors[j])))
                start = i
        while len(runs) > count:
            runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
        worst = max(abs(e) for e in errors)
        if len(runs) < count or worst < abs(solution[degree + 1]) * mp.mpf("1.001"):
            break
        nodes = [grid[i] for i in runs]
    return coefficients, worst


def show(name, function, low, high, degree, weight=lambda x: 1):
    coefficients, error = remez(function, mp.mpf(low), mp.mpf(high), degree, weight)
    print(f"{name}: on [{mp.nstr(mp.mpf(low), 5)}, {mp.nstr(mp.mpf(high), 5)}], error {mp.nstr(error, 3)}")
    print("  {" + ", ".join(mp.nstr(c, 17) for c in coefficients) + "}")


def series(small, function, limit):
    """function(x), by its power series near 0 where the closed form cancels."""
    return lambda x: small(x) if abs(x) < limit else function(x)


ln2 = mp.log(2)
tiny = mp.mpf(10) ** -12
half = ln2 / 2 * mp.mpf("1.0001")
expTail = series(lambda x: mp.mpf(1) / 2 + x / 6, lambda x: (mp.expm1(x) - x) / x**2, tiny)
logTail = series(lambda z: mp.mpf(1) / 3 - z / 4, lambda z: (mp.log1p(z) - z + z * z / 2) / z**3, tiny)
exp2Tail = series(lambda x: ln2 + x * ln2**2 / 2, lambda x: mp.expm1(x * ln2) / x, tiny)
artanh = series(lambda z: 2 + 2 * z / 3, lambda z: 2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z), tiny)
sinTail = series(lambda z: -mp.mpf(1) / 6 + z / 120, lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, tiny)
cosTail = series(lambda z: -mp.mpf(1) / 2 + z / 24, lambda z: (mp.cos(mp.sqrt(z)) - 1) / z, tiny)
asinTail = series(lambda z: mp.mpf(1) / 6 + 3 * z / 40, lambda z: (mp.asin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, tiny)
atanForm = series(lambda z: 1 - z / 3, lambda z: mp.atan(mp.sqrt(z)) / mp.sqrt(z), tiny)
tanhTail = series(lambda z: -mp.mpf(1) / 3 + 2 * z / 15, lambda z: (mp.tanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, tiny)
erfForm = series(lambda z: 2 / mp.sqrt(mp.pi) * (1 - z / 3), lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z), tiny)


def erfcForm(t):
    x = 3 * (1 + t) / (1 - t)
    return mp.exp(x * x) * mp.erfc(x)


# Float32 evaluation.
show("exp: (e^r - 1 - r)/r^2", expTail, -half, half, 4)
show("exp2: (2^f - 1)/f", exp2Tail, -0.5, 0.5, 5)
show("exp2: (2^f - 1)/f", exp2Tail, -0.5, 0.5, 6)
show("log: (ln(1+f) - f + f^2/2)/f^3", logTail, mp.sqrt(0.5) - 1, mp.sqrt(2) - 1, 8)
show("tanh: (tanh(x)/x - 1)/x^2 of z = x^2", tanhTail, 0, 1, 5)
show("tanh: (tanh(x)/x - 1)/x^2 of z = x^2 0.64", tanhTail, 0, 0.64, 4)
show("tanh: (tanh(x)/x - 1)/x^2 of z = x^2", tanhTail, 0, 1, 6)
# Float64 evaluation, rounded once to float32.
show("expDouble: (e^r - 1 - r)/r^2", expTail, -half, half, 8)
show("logDouble: 2 artanh(s)/s of s^2", artanh, 0, (3 - 2 * mp.sqrt(2)) ** 2, 5)
show("sin: (sin(r)/r - 1)/r^2 of r^2", sinTail, 0, (mp.pi / 4) ** 2, 4)
show("cos: (cos(r) - 1)/r^2 of r^2", cosTail, 0, (mp.pi / 4) ** 2, 5)
show("asin: (asin(x)/x - 1)/x^2 of x^2", asinTail, 0, 0.25, 10)
show("atan: atan(t)/t of t^2", atanForm, 0, 1, 12)
show("erf: erf(x)/x of x^2", erfForm, 0, 1, 9)
show("erfc: e^(x^2) erfc(x) of (x - 3)/(x + 3)", erfcForm, -0.5, (mp.mpf("10.5") - 3) / 13.5, 12,
     lambda t: 1 / erfcForm(t))
# 2/pi in pieces of 24 bits, divided by 4 (turns), for exact reduction.
value, pieces = 1 / (2 * mp.pi), []
mp.mp.dps = 120
value = 1 / (2 * mp.pi)
for i in range(1, 10):
    piece = mp.floor(value * mp.mpf(2) ** (24 * i))
    value -= piece / mp.mpf(2) ** (24 * i)
    pieces.append(int(piece))
print("1/(2 pi):", [hex(p) for p in pieces])
