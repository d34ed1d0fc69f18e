import numpy as np
rng=np.random.default_rng(0)
X=rng.normal(size=(80,3)); y=(X@np.array([1.,-2,.5])+.3)

W1=rng.normal(size=(3,8))*.5; b1=np.zeros(8); W2=rng.normal(size=(8,1))*.5; b2=np.zeros(1)
Y=y.reshape(-1,1)
for ep in range(60):
    order=rng.permutation(len(X))
    for i in range(0,len(X),16):
        idx=order[i:i+16]
        x,t=X[idx],Y[i:i+16]
        h=np.tanh(x@W1+b1); o=h@W2+b2; d=(o-t)/len(x); dh=d@W2.T*(1-h*h)
        W2-=0.1*h.T@d; b2-=0.1*d.sum(0); W1-=0.1*x.T@dh; b1-=0.1*dh.sum(0)
