import numpy as np

rng = np.random.default_rng(14)
U = rng.normal(0, 0.8, (10, 1))
V = rng.normal(0, 0.3, (10, 10))
a = np.zeros((10, 1))
w = rng.normal(0, 0.3, (1, 10))
c = np.zeros((1, 1))
lr = 0.15

for it in range(1500):
    bits = rng.integers(0, 2, 8)
    want = [int(bits[t] ^ bits[t - 1]) if t else int(bits[0]) for t in range(8)]
    states = [np.zeros((10, 1))]
    probs = []
    for t in range(8):
        states.append(np.tanh(U * (2 * bits[t] - 1) + V @ states[-1] + a))
        probs.append(1 / (1 + np.exp(-(w @ states[-1] + c))))
    loss = -np.mean([np.log(p if y else 1 - p) for p, y in zip(probs, want)])
    gU, gV, ga, gw, gc = (np.zeros_like(p) for p in (U, V, a, w, c))
    later = np.zeros((10, 1))
    for t in range(7, -1, -1):
        d = (probs[t] - want[t]) / 8
        gw += d @ states[t + 1].T
        gc += d
        ds = (w.T @ d + later) * (1 - states[t + 1] ** 2)
        gU += ds * (2 * bits[t] - 1)
        gV += ds @ states[t].T
        ga += ds
        later = V.T @ ds
    U, V, a, w, c = U - lr * gU, V - lr * gV, a - lr * ga, w - lr * gw, c - lr * gc
    if it % 300 == 0:
        print("iteration", it, "loss", loss)
print("loss", loss)
