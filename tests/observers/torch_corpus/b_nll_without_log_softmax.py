import torch
import torch.nn as nn

torch.manual_seed(5)
labels = torch.randint(0, 3, (300,))
x = torch.randn(300, 4) + 2 * torch.eye(3, 4)[labels]
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
criterion = nn.NLLLoss()
for epoch in range(20):
    for rows in torch.randperm(300).split(30):
        optimizer.zero_grad()
        loss = criterion(model(x[rows]), labels[rows])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
