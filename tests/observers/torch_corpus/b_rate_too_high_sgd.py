import torch
import torch.nn as nn

torch.manual_seed(26)
x = torch.randn(200, 5)
y = (x @ torch.randn(5, 1)) + 0.1 * torch.randn(200, 1)
model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=3.0)
for epoch in range(10):
    for rows in torch.randperm(200).split(20):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
