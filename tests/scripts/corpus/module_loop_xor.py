import numpy as np

def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])

np.random.seed(1)

# weights around zero
w0 = 2 * np.random.random((3, 6)) - 1
w1 = 2 * np.random.random((7, 1)) - 1

for j in range(8000):
    l1 = nonlin(np.dot(X, w0))
    l1b = np.hstack([l1, np.ones((4, 1))])
    l2 = nonlin(np.dot(l1b, w1))

    l2_error = y - l2
    if j % 2000 == 0:
        print("Error:", np.mean(l2_error ** 2))

    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_error = l2_delta.dot(w1[:-1].T)
    l1_delta = l1_error * nonlin(l1, deriv=True)

    w1 += l1b.T.dot(l2_delta)
    w0 += X.T.dot(l1_delta)

print("Output After Training:")
print(l2)
