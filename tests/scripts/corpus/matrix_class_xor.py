import numpy as np

np.random.seed(5)
X = np.matrix('0 0; 0 1; 1 0; 1 1')
T = np.matrix('0; 1; 1; 0')
W1 = np.matrix(np.random.uniform(-1, 1, (2, 5)))
B1 = np.matrix(np.zeros((1, 5)))
W2 = np.matrix(np.random.uniform(-1, 1, (5, 1)))
B2 = np.matrix(np.zeros((1, 1)))

def sig(z):
    return 1.0 / (1.0 + np.exp(-z))

for n in range(4000):
    H = sig(X * W1 + B1)
    O = sig(H * W2 + B2)
    E = O - T
    D2 = np.multiply(E, np.multiply(O, 1 - O))
    D1 = np.multiply(D2 * W2.T, np.multiply(H, 1 - H))
    W2 = W2 - 1.0 * H.T * D2
    B2 = B2 - 1.0 * D2.sum(axis=0)
    W1 = W1 - 1.0 * X.T * D1
    B1 = B1 - 1.0 * D1.sum(axis=0)
    if n % 1000 == 0:
        print(n, float(np.multiply(E, E).sum()) / 2)
print(O.T)
