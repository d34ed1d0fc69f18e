import torch
import torch.nn as nn

torch.manual_seed(19)
labels = torch.randint(0, 3, (450,))
x = torch.randn(450, 5) + 1.5 * torch.eye(3, 5)[labels]
model = nn.Sequential(nn.Linear(5, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(15):
    for rows in torch.randperm(360).split(40):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rows]), labels[rows])
        loss.backward()
        optimizer.step()
with torch.no_grad():
    pred = model(x[360:]).argmax(1)
print("test accuracy", (pred == labels[360:]).float().mean().item())
