import numpy as np

np.random.seed(0)
x = np.random.rand(40, 1) * 2
X = np.concatenate((np.ones((40, 1)), x), axis=1)
y = 4 - 3 * x + np.random.randn(40, 1) * 0.1
theta = np.random.randn(2, 1)
eta = 0.2
last = float("inf")
count = 0

while True:
    errors = X.dot(theta) - y
    cost = (errors.T.dot(errors) / 40).item()
    if last - cost < 1e-9:
        break
    last = cost
    gradients = 2 / 40 * X.T.dot(errors)
    theta = theta - eta * gradients
    count += 1
    if count % 50 == 1:
        print(count, cost)

print("after", count, "steps:", theta.ravel(), cost)
