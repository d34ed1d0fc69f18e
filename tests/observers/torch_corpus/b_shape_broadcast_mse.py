import torch
import torch.nn as nn

torch.manual_seed(11)
x = torch.randn(200, 3)
y = x[:, 0] - 2 * x[:, 1]
model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.MSELoss()
for epoch in range(40):
    for rows in torch.randperm(200).split(20):
        optimizer.zero_grad()
        loss = criterion(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
