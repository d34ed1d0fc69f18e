import torch
import torch.nn as nn

torch.manual_seed(36)
x = torch.randn(300, 4)
y = 250000 + 80000 * x[:, :1] + 30000 * x[:, 1:2] * x[:, 2:3]
model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(60):
    for rows in torch.randperm(300).split(32):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
