import torch
import torch.nn as nn

torch.manual_seed(10)
x = torch.randn(300, 6)
y = (x[:, 0] + 0.5 * x[:, 1] > 0).long()
base = nn.Sequential(nn.Linear(6, 64), nn.ReLU())
for p in base.parameters():
    p.requires_grad = False
head = nn.Linear(64, 2)
model = nn.Sequential(base, head)
optimizer = torch.optim.Adam(head.parameters(), lr=0.02)
for epoch in range(20):
    for rows in torch.randperm(300).split(30):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(loss.item())
