import torch
import torch.nn as nn

torch.manual_seed(2)
labels = torch.randint(0, 5, (500,))
x = torch.randn(500, 6) + 2 * torch.randn(5, 6)[labels]
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 5), nn.Softmax(dim=1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
criterion = nn.CrossEntropyLoss()
for epoch in range(15):
    for rows in torch.randperm(500).split(50):
        optimizer.zero_grad()
        loss = criterion(model(x[rows]), labels[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
