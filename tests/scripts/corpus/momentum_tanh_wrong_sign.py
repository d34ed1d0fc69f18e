import numpy as np

rng = np.random.RandomState(5)
x = np.linspace(-2, 2, 60).reshape(-1, 1)
y = 0.5 * np.sin(2 * x)
W1, b1 = rng.randn(1, 8), rng.randn(8) * 0.5
W2, b2 = rng.randn(8, 1) * 0.3, np.zeros(1)
velocities = [np.zeros_like(p) for p in (W1, b1, W2, b2)]

for step in range(200):
    h = np.tanh(x @ W1 + b1)
    out = h @ W2 + b2
    loss = np.mean((out - y) ** 2)
    d = 2 * (out - y) / len(x)
    dh = d @ W2.T * (1 - h ** 2)
    grads = [x.T @ dh, dh.sum(0), h.T @ d, d.sum(0)]
    for p, v, g in zip((W1, b1, W2, b2), velocities, grads):
        v *= 0.8
        v += 0.001 * g
        p += v
    if step % 40 == 0:
        print(step, loss)
