import numpy as np
rng=np.random.default_rng(6)
C=np.array([[-2,0],[2,0],[0,2.]]); y=np.repeat([0,1,2],40); X=C[y]+rng.normal(size=(120,2))*.8; T=np.eye(3)[y]
W=np.zeros((2,3)); b=np.zeros(3)
for ep in range(20):
    for i in range(0,120,4):
        x,t=X[i:i+4],T[i:i+4]
        s=x@W+b; e=np.exp(s-s.max(1,keepdims=True)); q=e/e.sum(1,keepdims=True)
        d=(q-t)/4; W-=1.5*x.T@d; b-=1.5*d.sum(0)
