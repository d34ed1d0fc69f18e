import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(3, 150)); W_true = np.array([[.5, -.3, .2]])
Y = rng.poisson(np.exp(W_true @ X + .4)).astype(float)
W = np.zeros((1, 3)); c = np.zeros((1, 1))
for k in range(400):
    mu = np.exp(W @ X + c)
    delta = mu - Y
    W -= 0.05 * delta @ X.T / 150
    c -= 0.05 * delta.mean(axis=1, keepdims=True)
print(W, c)
