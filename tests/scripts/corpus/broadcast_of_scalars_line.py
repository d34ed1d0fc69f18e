import numpy as np

np.random.seed(1)
n = 50
km = np.random.uniform(10, 200, n)            # thousand km
price = 30 - 0.12 * km + np.random.randn(n) * 1.5

x = ((km - km.mean()) / km.std()).reshape(-1, 1)
y = price

w, b = 0.0, 0.0
lr = 0.1
for epoch in range(200):
    y_pred = w * x + b
    diff = y_pred - y
    loss = np.mean(diff ** 2)
    dw = 2 * np.mean(diff * x)
    db = 2 * np.mean(diff)
    w -= lr * dw
    b -= lr * db
    if epoch % 40 == 0:
        print(epoch, loss)

print("w", w, "b", b)
pred = (w * x + b).ravel()
print("R2", 1 - np.sum((y - pred) ** 2) / np.sum((y - y.mean()) ** 2))
