import numpy as np

x = np.arange(-1.5, 1.6, 0.1)
y = 0.8 * x ** 2 - 0.4 * x + 0.3

def predict(a, b, c):
    return a * x ** 2 + b * x + c

a, b, c = 0.1, 0.1, 0.0
learn = 0.1
for n in range(600):
    residuals = predict(a, b, c) - y
    cost = (residuals ** 2).mean()
    grad_a = (2 * residuals * x ** 2).mean()
    grad_b = (2 * residuals * x).mean()
    grad_c = (2 * residuals).mean()
    a -= learn * grad_a
    b -= learn * grad_b
    c -= learn * grad_c
    if n % 150 == 0:
        print("cost", cost)
print("a %.4f b %.4f c %.4f, cost %.2e" % (a, b, c, cost))
