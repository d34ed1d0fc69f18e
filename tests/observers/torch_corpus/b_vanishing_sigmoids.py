import torch
import torch.nn as nn

torch.manual_seed(25)
x = torch.rand(300, 2) * 2 - 1
y = torch.sin(3 * x[:, :1]) + x[:, 1:]
layers = [nn.Linear(2, 12), nn.Sigmoid()]
for _ in range(8):
    layers += [nn.Linear(12, 12), nn.Sigmoid()]
model = nn.Sequential(*layers, nn.Linear(12, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(30):
    for rows in torch.randperm(300).split(30):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
