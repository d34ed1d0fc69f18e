import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(25)
x = torch.randn(400, 5)
teacher = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 3))
with torch.no_grad():
    soft = F.softmax(3 * teacher(x), dim=1)
student = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(student.parameters(), lr=0.01)
for step in range(300):
    opt.zero_grad()
    loss = F.kl_div(F.log_softmax(student(x), dim=1), soft, reduction="batchmean")
    loss.backward()
    opt.step()
print(loss.item())
