import numpy as np

np.random.seed(1)
def sigmoid(x):
    return 1 / (1 + np.math.e ** -x)

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=np.float)
y = np.array([[0], [1], [1], [0]], dtype=np.float)
W0 = 2 * np.random.random((3, 5)) - 1
W1 = 2 * np.random.random((5, 1)) - 1
b1 = np.zeros((1, 1))
for i in range(6000):
    h = sigmoid(X.dot(W0))
    o = sigmoid(h.dot(W1) + b1)
    delta_o = (o - y) * o * (1 - o)
    delta_h = delta_o.dot(W1.T) * h * (1 - h)
    W1 -= h.T.dot(delta_o)
    b1 -= delta_o.sum(axis=0)
    W0 -= X.T.dot(delta_h)
    if i % 1000 == 0:
        print(i, np.abs(o - y).mean())
print(np.mat(o).T)
