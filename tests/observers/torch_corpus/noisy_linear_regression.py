import torch
from torch import nn

torch.manual_seed(22)
x = torch.randn(500, 3)
y = x @ torch.tensor([[0.6], [-0.4], [0.2]]) + 0.9 * torch.randn(500, 1)
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(20):
    for rows in torch.randperm(500).split(25):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
