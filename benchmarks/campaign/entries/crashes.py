"""Planted faults that stop the program."""

from __future__ import annotations

from benchmarks.campaign.planted import Entry
from benchmarks.campaign.recipes import Recipe

FAULTS: dict[str, Entry] = {
    "shape-error": Entry(
        (
            Recipe("unrolled", "sum", (12, 8), "tanh", rate=0.1, epochs=50, edits=(("d3 @ W3.T", "d3 @ W3"),)),
            Recipe("columns", "iris", (8,), "relu", "softmax", rate=0.3, epochs=50, init="he",
                   edits=(('np.dot(params["W" + str(l)].T, dZ)', 'np.dot(dZ, params["W" + str(l)].T)'),)),
            Recipe("functional", "ring", (10,), "tanh", "bce", rate=0.1, epochs=20, batch=16,
                   edits=(("activations[k].T.dot(delta)", "activations[k].dot(delta.T)"),)),
            Recipe("online", "plane", (6,), "sigmoid", rate=0.05, epochs=10,
                   edits=(("np.outer(deltas[l], outputs[l])", "np.outer(outputs[l], deltas[l])"),)),
            Recipe("scalars", "product", (5,), "tanh", rate=0.05, epochs=10,
                   edits=(("for i in range(inputs):", "for i in range(hidden):"),)),
            Recipe("loop", "three", (12, 8), "leaky_relu", "softmax", rate=0.1, epochs=10, batch=25, init="he",
                   edits=(("net = Network([2,", "net = Network([3,"),)),
            Recipe("layers", "line", (10,), "tanh", rate=0.05, epochs=20, batch=20,
                   edits=(("X[rows], Y[rows]", "X[rows], Y"),)),
        ),
    ),
}  # fmt: skip
