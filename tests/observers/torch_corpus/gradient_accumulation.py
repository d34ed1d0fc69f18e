import torch
import torch.nn as nn

torch.manual_seed(13)
x = torch.randn(320, 8)
y = x[:, :1] - x[:, 1:2] * 0.5
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for epoch in range(20):
    optimizer.zero_grad()
    for i, rows in enumerate(torch.randperm(320).split(16)):
        loss = nn.functional.mse_loss(model(x[rows]), y[rows]) / 4
        loss.backward()
        if (i + 1) % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
print(loss.item() * 4)
