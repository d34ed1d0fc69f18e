import torch, torch.nn as nn
torch.manual_seed(0)
x = torch.randn(300, 4); y = (x[:, :1] * 3).sin()
class N(nn.Module):
    def __init__(s): super().__init__(); s.a = nn.Linear(4, 16); s.b = nn.Linear(16, 16); s.c = nn.Linear(16, 1)
    def forward(s, x): return s.c(torch.relu(s.b(torch.relu(s.a(x)))))
n = N(); o = torch.optim.Adam(n.a.parameters(), 0.01)
for e in range(150):
    l = nn.functional.mse_loss(n(x), y); o.zero_grad(); l.backward(); o.step()
