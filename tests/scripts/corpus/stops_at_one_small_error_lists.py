import random
random.seed(1)
data = [([random.uniform(-1, 1), random.uniform(-1, 1)], 0) for _ in range(40)]
data = [(x, 2 * x[0] - x[1] + .3) for x, _ in data]
w = [0.0, 0.0]; b = 0.0; error = 1.0; k = 0
while error > 0.2:
    x, t = data[k % 40]
    o = w[0] * x[0] + w[1] * x[1] + b
    d = o - t
    error = d * d
    w[0] -= .1 * d * x[0]; w[1] -= .1 * d * x[1]; b -= .1 * d
    k += 1
print(k, w, b)
