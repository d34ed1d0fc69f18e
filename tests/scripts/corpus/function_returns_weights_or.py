import math

def dot(a, b):
    return sum(x * y for x, y in zip(a, b))

def squash(s):
    return 1 / (1 + math.exp(-s))

def adjust(weights, row, target, rate):
    out = squash(dot(weights, row))
    slope = out * (1 - out)
    return [w + rate * (target - out) * slope * x for w, x in zip(weights, row)], (target - out) ** 2

table = [([1, 0, 0], 0), ([1, 0, 1], 1), ([1, 1, 0], 1), ([1, 1, 1], 1)]
weights = [0.1, -0.2, 0.3]
for epoch in range(1001):
    error = 0.0
    for row, target in table:
        weights, e = adjust(weights, row, target, 1.0)
        error += e
    if epoch % 250 == 0:
        print("epoch", epoch, "mean squared error", error / len(table))
print(weights, [round(squash(dot(weights, row)), 2) for row, _ in table])
