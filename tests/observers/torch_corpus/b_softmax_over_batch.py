import torch
import torch.nn as nn

torch.manual_seed(10)
labels = torch.randint(0, 3, (240,))
x = torch.randn(240, 4) + 2 * torch.eye(3, 4)[labels]
onehot = torch.eye(3)[labels]
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(20):
    for rows in torch.randperm(240).split(24):
        p = torch.softmax(model(x[rows]), dim=0)
        loss = ((p - onehot[rows]) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
