import numpy as np
from sklearn.datasets import load_iris

iris = load_iris()
X = iris.data[:100, [0, 1]]
X = (X - X.mean(axis=0)) / X.std(axis=0)
y = np.where(iris.target[:100] == 0, -1, 1)
order = np.random.RandomState(1).permutation(100)

w = np.zeros(3)
for epoch in range(60):
    errors = 0
    for i in order:
        activation = np.dot(X[i], w[1:]) + w[0]
        if y[i] * activation <= 0:
            w[1:] += 0.1 * y[i] * X[i]
            w[0] += 0.1 * y[i]
            errors += 1
    print("epoch", epoch + 1, "misclassified", errors)
    if errors == 0:
        break
print("weights", w, "accuracy", np.mean(np.sign(X @ w[1:] + w[0]) == y))
