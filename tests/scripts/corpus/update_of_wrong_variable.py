import numpy as np

rng = np.random.RandomState(1)
X = rng.uniform(-1, 1, (40, 3))
Y = np.tanh(X @ rng.randn(3, 3))
W1 = rng.randn(3, 3) * 0.5
W2 = rng.randn(3, 3) * 0.5
lr = 0.1
for i in range(300):
    H = np.tanh(X @ W1)
    O = H @ W2
    E = O - Y
    if i % 60 == 0:
        print(i, np.mean(E ** 2))
    G2 = H.T @ E / len(X)
    G1 = X.T @ (E @ W2.T * (1 - H ** 2)) / len(X)
    W2 = W1 - lr * G2
    W1 = W1 - lr * G1
