"""The autograd graph behind one loss: its operations, what they saved, and who uses their results.

Nodes are those of PyTorch. They are read before `backward` frees what they saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Node = Any  # torch.autograd.graph.Node
Tensor = Any
MOST_NODES = 20_000  # of a graph; recurrent networks that are unrolled have thousands
SUFFIX = re.compile(r"Backward\d*$")
LEAF = "AccumulateGrad"

# What does not change the numbers, or only by a constant: looked through on the way from one layer to the next.
SHAPES = frozenset(
    {
        *(
            "View",
            "UnsafeView",
            "ReshapeAlias",
            "Reshape",
            "Squeeze",
            "Unsqueeze",
            "Transpose",
            "T",
            "Permute",
            "Clone",
        ),
        *("Expand", "Alias", "ToCopy", "Contiguous", "Detach", "Slice", "Select", "SplitWithSizes", "Split", "Cat"),
        *("Unbind", "Stack", "UnsafeSplit", "Index", "Chunk", "Narrow", "Flatten", "SetMaterializeGrads"),
    }
)
POOLS = frozenset({"MaxPool2DWithIndices", "MaxPool3DWithIndices", "AvgPool2D", "AvgPool3D", "AdaptiveAvgPool2D",
                   "AdaptiveAvgPool3D", "AdaptiveMaxPool2D", "Mean", "Amax", "Max", "MkldnnMaxPool2D"})  # fmt: skip
NORMS = frozenset({"NativeBatchNorm", "CudnnBatchNorm", "MiopenBatchNorm", "NativeLayerNorm", "NativeGroupNorm",
                   "BatchNorm", "FusedRmsNorm"})  # fmt: skip
DROPOUTS = frozenset({"NativeDropout", "FusedDropout"})
ACTIVATIONS = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "LeakyRelu": "leaky_relu", "Gelu": "gelu", "Silu": "swish",
    "Softplus": "softplus", "Softmax": "softmax", "SafeSoftmax": "softmax", "LogSoftmax": "log_softmax",
    "Hardtanh": "hardtanh", "Elu": "elu", "Mish": "mish", "LogSigmoid": "log_sigmoid", "Hardswish": "hardswish",
    "Hardsigmoid": "hardsigmoid", "PreluKernel": "prelu", "Prelu": "prelu", "Sin": "sin", "Atan": "arctan",
    "Glu": "glu", "Threshold": "threshold", "Celu": "celu", "RreluWithNoise": "rrelu", "Exp": "exp", "Abs": "abs",
    "Sign": "sign", "Heaviside": "step", "Round": "round", "Clamp": "clamp", "ClampMin": "clamp", "Pow": "power",
}  # fmt: skip


class _Kinds(dict[Node, str]):
    """The kind of a node, found out when it is asked for."""

    def __missing__(self, node: Node) -> str:
        self[node] = kind = kind_of(node)
        return kind


class Graph:
    """All nodes behind `root`, in the order of the forward pass.

    Attributes:
        root: The node that made the loss.
        nodes: Those that the loss depends on; a node stands behind all that it was made of.
        users: Of each node those that take its result.
        readable: False where reading what was saved would act: checkpointing, saving on another device.
        whole: False where there were too many nodes.
    """

    def __init__(self, root: Node, *, readable: bool = True) -> None:
        self.root, self.readable, self.whole = root, readable, True
        self.users: dict[Node, list[Node]] = {root: []}
        self.kinds = _Kinds()
        self.nodes: list[Node] = []

    def expand(self) -> Graph:
        """Follow the graph from the loss to its leaves; without that, `nodes` and `users` are empty."""
        self.nodes = list(self._ordered())
        return self

    def _ordered(self) -> Iterator[Node]:
        """Depth first, each node after its inputs."""
        entered = {self.root}
        waiting = [(self.root, iter(inputs_of(self.root)))]
        while waiting:
            node, inputs = waiting[-1]
            below = next(inputs, None)
            if below is None:
                waiting.pop()
                yield node
                continue
            self.users.setdefault(below, []).append(node)
            if below not in entered:
                if len(entered) >= MOST_NODES:
                    self.whole = False
                    continue
                entered.add(below)
                waiting.append((below, iter(inputs_of(below))))

    def saved(self, node: Node, name: str) -> Any:
        """What a node saved under `name`; None where there is no such thing, or it must not be read."""
        if not self.readable:
            return None
        try:
            value: Any = getattr(node, f"_saved_{name}", None)
            return value.detach() if hasattr(value, "detach") else value
        except RuntimeError:  # freed, or changed in place since
            return None

    def leaves(self) -> list[Tensor]:
        """The tensors whose gradient is accumulated: parameters, mostly."""
        return [node.variable for node in self.nodes if self.kinds[node] == LEAF]

    def leaf(self, node: Node | None) -> Tensor | None:
        """The parameter that `node` is a view of, or None."""
        while node is not None and self.kinds[node] in SHAPES:
            node = next(iter(inputs_of(node)), None)
        return node.variable if node is not None and self.kinds[node] == LEAF else None

    def is_view_of_leaf(self, node: Node | None) -> bool:
        """Whether it is a parameter, or a view of one."""
        return self.leaf(node) is not None


def kind_of(node: Node) -> str:
    """The operation's name, e.g. Addmm or Relu."""
    return SUFFIX.sub("", node.name().rsplit("::", 1)[-1])


def inputs_of(node: Node) -> Iterator[Node]:
    """The nodes that made its operands; operands without a gradient are left out."""
    return (below for below, _ in node.next_functions if below is not None)


def slot(node: Node, number: int) -> Node | None:
    """The node that made operand `number`, or None."""
    operands = node.next_functions
    return operands[number][0] if number < len(operands) else None


def shape_of(node: Node) -> tuple[int, ...]:
    """The shape of its (first) result."""
    return tuple(int(length) for length in node._input_metadata[0].shape)
