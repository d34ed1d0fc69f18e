import torch
import torch.nn as nn

torch.manual_seed(18)
x = torch.randn(200, 3)
y = (x[:, 0] > 0).long()
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(50):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    if epoch % 10 == 0:
        print(epoch, loss.item())
