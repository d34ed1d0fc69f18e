import torch
import torch.nn as nn

torch.manual_seed(6)
x = torch.randn(300, 2)
y = torch.sign(x[:, :1] * x[:, 1:])
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(30):
    for rows in torch.randperm(300).split(30):
        optimizer.zero_grad()
        loss = criterion(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
