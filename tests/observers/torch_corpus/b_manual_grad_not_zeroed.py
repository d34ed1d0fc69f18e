import torch

torch.manual_seed(1)
x = torch.randn(100, 2)
y = x @ torch.tensor([[2.0], [-1.0]]) + 1
w = torch.randn(2, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.1
for step in range(100):
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
print(loss.item())
