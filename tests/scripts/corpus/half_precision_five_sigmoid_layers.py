import numpy as np
rng=np.random.default_rng(0)
X=rng.normal(size=(80,3)).astype(np.float16); Y=np.sin(X.sum(1,keepdims=True)).astype(np.float16)
sz=[3,10,10,10,10,1]
W=[(rng.normal(size=(a,b))*0.5).astype(np.float16) for a,b in zip(sz,sz[1:])]; B=[np.zeros(b,np.float16) for b in sz[1:]]
def sg(z): return (1/(1+np.exp(-z))).astype(np.float16)
for ep in range(300):
    a=[X]
    for k in range(5):
        z=a[-1]@W[k]+B[k]; a.append(sg(z) if k<4 else z)
    d=((a[-1]-Y)/np.float16(80)).astype(np.float16)
    for k in range(4,-1,-1):
        gW=a[k].T@d; gb=d.sum(0)
        if k: nd=(d@W[k].T)*a[k]*(1-a[k])
        W[k]=W[k]-np.float16(0.1)*gW; B[k]=B[k]-np.float16(0.1)*gb
        if k: d=nd
