import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(256, 4)
y = (x[:, :1] * 2 - x[:, 1:2] + 0.5 * x[:, 2:3] ** 2)
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
loss_fn = nn.MSELoss()
for epoch in range(20):
    for start in range(0, 256, 32):
        xb, yb = x[start:start + 32], y[start:start + 32]
        loss = loss_fn(model(xb), yb)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
