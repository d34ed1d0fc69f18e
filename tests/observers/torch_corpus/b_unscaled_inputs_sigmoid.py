import torch
import torch.nn as nn

torch.manual_seed(28)
x = torch.rand(300, 3) * 4000 + 1000
y = ((x[:, :1] - 3000) / 1000) - ((x[:, 1:2] - 3000) / 2000)
model = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(30):
    for rows in torch.randperm(300).split(30):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
