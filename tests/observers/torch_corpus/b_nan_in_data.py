import torch
import torch.nn as nn

torch.manual_seed(32)
x = torch.randn(200, 4)
y = x[:, :1] + 1
x[37, 2] = float("nan")
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(10):
    for start in range(0, 200, 20):
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(x[start:start + 20]), y[start:start + 20])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
