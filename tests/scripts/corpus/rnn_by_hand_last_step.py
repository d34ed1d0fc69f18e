import numpy as np
np.random.seed(0)
hidden, T, n = 12, 6, 64
Wxh, Whh, Why = np.random.randn(hidden, 1) * .4, np.eye(hidden) * .5, np.random.randn(1, hidden) * .3
bh, by = np.zeros((hidden, 1)), np.zeros((1, 1))
for it in range(400):
    xs = np.random.uniform(-1, 1, (T, 1, n)); ys = xs.sum(axis=0) / 3
    hs = {-1: np.zeros((hidden, n))}
    for t in range(T):
        hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1] + bh)
    p = Why @ hs[T - 1] + by
    loss = np.mean((p - ys) ** 2)
    dp = 2 * (p - ys) / n
    dWhy, dby = dp @ hs[T - 1].T, dp.sum(1, keepdims=True)
    dWxh, dWhh, dbh = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(bh)
    dh = Why.T @ dp
    for t in reversed(range(T)):
        dz = dh * (1 - hs[t] ** 2)
        dWxh += dz @ xs[t].T; dWhh += dz @ hs[t - 1].T; dbh += dz.sum(1, keepdims=True)
        dh = Whh.T @ dz
    for param, grad in zip([Wxh, Whh, Why, bh, by], [dWxh, dWhh, dWhy, dbh, dby]):
        np.clip(grad, -5, 5, out=grad)
        param -= 0.1 * grad
    if it % 80 == 0: print("iter %d, loss: %f" % (it, loss))
