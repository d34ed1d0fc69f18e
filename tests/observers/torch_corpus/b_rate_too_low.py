import torch
import torch.nn as nn

torch.manual_seed(27)
x = torch.randn(300, 4)
y = x[:, :1] - 2 * x[:, 1:2] + 0.5
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
for epoch in range(30):
    for rows in torch.randperm(300).split(30):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
