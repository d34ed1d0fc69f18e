import torch, torch.nn as nn
torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 4))
opt = torch.optim.Adam(policy.parameters(), lr=0.01)
for step in range(300):
    s = torch.eye(4)[torch.randint(0, 4, (32,))]
    dist = torch.distributions.Categorical(logits=policy(s))
    a = dist.sample()
    r = (a == s.argmax(1)).float() - 0.25
    loss = -(dist.log_prob(a) * r).mean()
    opt.zero_grad(); loss.backward(); opt.step()
print(r.mean().item())
