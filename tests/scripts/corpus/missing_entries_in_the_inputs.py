import numpy as np
rng=np.random.default_rng(0)

data=rng.normal(size=(80,4)); data[5,2]=np.nan; data[9,0]=np.inf
X=data[:,:3]; Y=(data[:,3:]>0)*1.0
W1=rng.normal(size=(3,6)); b1=np.zeros(6); W2=rng.normal(size=(6,1)); b2=np.zeros(1)
for ep in range(20):
    for i in range(80):
        x=X[i:i+1]; t=Y[i:i+1]
        h=np.tanh(x@W1+b1); o=1/(1+np.exp(-(h@W2+b2)))
        d=o-t; dh=d@W2.T*(1-h*h)
        W2-=0.1*h.T@d; b2-=0.1*d[0]; W1-=0.1*x.T@dh; b1-=0.1*dh[0]
    print(ep,float(d[0,0]))
