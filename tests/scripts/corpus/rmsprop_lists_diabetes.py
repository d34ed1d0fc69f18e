import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

X, y = load_diabetes(return_X_y=True)
X = StandardScaler().fit_transform(X)
y = StandardScaler().fit_transform(y.reshape(-1, 1))

np.random.seed(0)
Ws = [np.random.randn(10, 6) / np.sqrt(10), np.random.randn(6, 1) / np.sqrt(6)]
bs = [np.zeros((1, 6)), np.zeros((1, 1))]
cache = [np.zeros_like(p) for p in Ws + bs]
rho, lr = 0.95, 0.002

for epoch in range(300):
    hid = np.tanh(X @ Ws[0] + bs[0])
    pred = hid @ Ws[1] + bs[1]
    err = pred - y
    if epoch % 60 == 0:
        print("epoch", epoch, "mse", float((err ** 2).mean()))
    g_out = 2 * err / err.size
    g_hid = g_out @ Ws[1].T * (1 - hid ** 2)
    grads = [X.T @ g_hid, hid.T @ g_out, g_hid.sum(0, keepdims=True), g_out.sum(0, keepdims=True)]
    params = Ws + bs
    for i in range(4):
        cache[i] = rho * cache[i] + (1 - rho) * grads[i] ** 2
        params[i] -= lr * grads[i] / (np.sqrt(cache[i]) + 1e-7)
print("final mse", float((err ** 2).mean()))
