import numpy as np

rng = np.random.RandomState(0)
H, T, N = 8, 5, 32
W = rng.randn(1 + H, 4 * H) * 0.3
b = np.zeros(4 * H)
b[H:2 * H] = 1.0
Wy = rng.randn(H, 1) * 0.3
by = np.zeros(1)

def sigmoid(v):
    return 1 / (1 + np.exp(-v))

for it in range(600):
    X = rng.uniform(-1, 1, (N, T))
    target = X.sum(axis=1, keepdims=True) / 2
    h, c = np.zeros((N, H)), np.zeros((N, H))
    steps = []
    for t in range(T):
        inp = np.hstack([X[:, [t]], h])
        z = inp @ W + b
        i, f, o = sigmoid(z[:, :H]), sigmoid(z[:, H:2 * H]), sigmoid(z[:, 2 * H:3 * H])
        g = np.tanh(z[:, 3 * H:])
        c_prev = c
        c = f * c_prev + i * g
        tc = np.tanh(c)
        h = o * tc
        steps.append((inp, i, f, o, g, c_prev, tc))
    y = h @ Wy + by
    loss = 0.5 * np.mean((y - target) ** 2)
    dy = (y - target) / N
    dWy, dby = h.T @ dy, dy.sum(0)
    dh, dc = dy @ Wy.T, np.zeros((N, H))
    dW, db = np.zeros_like(W), np.zeros_like(b)
    for inp, i, f, o, g, c_prev, tc in reversed(steps):
        dc = dc + dh * o * (1 - tc ** 2)
        dz = np.hstack([dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dh * tc * o * (1 - o), dc * i * (1 - g ** 2)])
        dW += inp.T @ dz
        db += dz.sum(0)
        dh = (dz @ W.T)[:, 1:]
        dc = dc * f
    for p, d in ((W, dW), (b, db), (Wy, dWy), (by, dby)):
        p -= 0.5 * d
    if it % 120 == 0:
        print("iteration", it, "loss", loss)
print("loss", loss, "half variance of the targets", target.var() / 2)
