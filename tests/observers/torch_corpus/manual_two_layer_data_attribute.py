import torch

torch.manual_seed(3)
N, D_in, H, D_out = 64, 10, 20, 2
x = torch.randn(N, D_in)
y = torch.tanh(x @ torch.randn(D_in, D_out) * 0.4)
w1 = (torch.randn(D_in, H) * 0.3).requires_grad_()
w2 = (torch.randn(H, D_out) * 0.3).requires_grad_()
for t in range(1500):
    y_pred = torch.tanh(x.mm(w1)).mm(w2)
    loss = (y_pred - y).pow(2).sum()
    g1, g2 = torch.autograd.grad(loss, [w1, w2])
    w1.data -= 2e-3 * g1
    w2.data -= 2e-3 * g2
    if t % 300 == 299:
        print(t, loss.item())
