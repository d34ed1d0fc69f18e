import torch
import torch.nn as nn

torch.manual_seed(22)
x = torch.rand(300, 2) * 2 - 1
y = (x[:, :1] ** 2 + x[:, 1:] ** 2)
model = nn.Sequential(nn.Linear(2, 32), nn.Linear(32, 32), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(60):
    for rows in torch.randperm(300).split(50):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
