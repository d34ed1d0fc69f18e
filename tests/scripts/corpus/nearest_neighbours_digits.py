import numpy as np
from sklearn.datasets import load_digits

X, y = load_digits(return_X_y=True)
train, test = slice(0, 1200), slice(1200, 1400)
hits = 0
for x, label in zip(X[test], y[test]):
    order = np.argsort(((X[train] - x) ** 2).sum(axis=1))[:5]
    votes = np.bincount(y[train][order], minlength=10)
    hits += votes.argmax() == label
print("accuracy", hits / 200)
