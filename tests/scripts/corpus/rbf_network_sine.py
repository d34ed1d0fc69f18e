import numpy as np

rng = np.random.default_rng(9)
x = rng.uniform(0, 6, 120)
y = np.sin(x) * np.exp(-0.2 * x)
centres = np.linspace(0, 6, 9)
width = 0.7

def phi(value):
    return np.exp(-(value - centres) ** 2 / (2 * width ** 2))

w = np.zeros(9)
b = 0.0
for epoch in range(60):
    err = []
    for i in rng.permutation(120):
        f = phi(x[i])
        out = w @ f + b
        diff = out - y[i]
        w -= 0.15 * diff * f
        b -= 0.15 * diff
        err.append(0.5 * diff ** 2)
    if epoch % 12 == 0:
        print("epoch", epoch, "error", np.mean(err))
print("error", np.mean(err), "half variance", y.var() / 2)
