"""Scripts that take one sample after the other, as vectors."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.planting.forms import Form
from benchmarks.planting.formulas import define
from benchmarks.planting.script import Script
from benchmarks.planting.setting import bias, data, head, weight
from benchmarks.planting.styles.batches import _listed, _plain
from benchmarks.planting.unrolled import Unrolled


def vectors(script: Script) -> None:
    """Two loops at module level, one update a sample."""
    network, form = script.network, Form("vectors", at=script.network.seed % 2 == 0)
    names = replace(_plain(network.rate, "t"), a=lambda k: f"a{k}" if k else "x")
    layers = range(1, network.depth + 1)
    head(script)
    define(script)
    data(script, form, "X", "T")
    for k in layers:
        script.write(f"{names.weight(k)} = {weight(script, form, k)}")
        if network.biases:
            script.write(f"{names.bias(k)} = {bias(script, form, k)}")
    script.write(f"rate = {network.rate!r}", "epochs = 4", "for epoch in range(epochs):", "    total = 0.0")
    script.write("    for x, t in zip(X, T):")
    body = Unrolled(script=script, form=form, names=names, indent="        ", inplace=network.seed % 3 > 0)
    body.forward()
    if network.prints or network.penalty:
        script.write(f"        total += {body.loss(names.a(network.depth), 't')}")
    body.backward()
    if network.prints or network.penalty:
        script.write("    print(epoch, total)")
    script.parameters = _listed(script, names)
