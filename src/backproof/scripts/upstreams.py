"""Steps made of a layer's own activation derivative and input: what comes back from the layers above is left out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.gradcheck.matching import proportional
from backproof.graph.autodiff import gradients
from backproof.graph.node import Node, Ref, ancestors
from backproof.scripts.chains import Chain
from backproof.scripts.feeding import Feed

Array = NDArray[Any]
FARTHEST = 12  # operations from a weight to the output of its layer: a product, a sum, and an activation by hand
TOLERANCE = 1e-9  # of the norm of the updates; those of single precision are not looked at


class Upstreams:
    """Looks whether a value that changes without the error moves by the slope of its own layer."""

    def __init__(self, feed: Feed) -> None:
        """`feed` knows the forward passes of the steps."""
        self.feed, self.nodes = feed, feed.roles.nodes

    def dropped(self, chain: Chain) -> Node | None:
        """What stands for the layer's delta, if each step is the derivative of its outputs, added up, times a number.

        That is the gradient with 1 in the place of what comes back to the layer. A layer whose derivative is constant
        is not told from one that adds up its inputs, and gets no answer.
        """
        moves = list(self._moves(chain))
        if len(moves) < 2 or not all(np.any(update) for *_, update in moves):
            return None
        ways = [self._outputs(read, forward) for read, forward, _ in moves]
        length = min(map(len, ways))
        slopes = [[_slope(node, read) for node in way[:length]] for (read, *_), way in zip(moves, ways, strict=True)]
        updates = np.concatenate([update.ravel() for *_, update in moves])
        by_output = [np.concatenate([each.ravel() for each in column]) for column in zip(*slopes, strict=True)]
        for k, slope in enumerate(by_output[1:], 1):
            if proportional(updates, slope, TOLERANCE) and not proportional(slope, by_output[0], TOLERANCE):
                return self._delta(chain, moves[-1][0], ways[-1][k])
        return None

    def _delta(self, chain: Chain, read: Node, output: Node) -> Node:
        """The last value of the output's shape that the new version is computed from, or else the new version."""
        after = self.nodes[dict(pairwise(chain.versions))[read.index]]
        forward = {i for each in self.feed.forwards for i in each}
        behind = ancestors([after], forward | {i for i in chain.versions if i != after.index})
        made = [n for i, n in behind.items() if n.shape == output.shape and i not in forward and n is not after]
        apart = [n for n in made if n.span and after.span and n.span.line != after.span.line]
        return max(apart or made, key=lambda n: n.index, default=after)

    def _moves(self, chain: Chain) -> Iterator[tuple[Node, dict[int, Node], Array]]:
        """Of each forward pass: the version that it reads, the pass, and by how much the version is moved then."""
        following = dict(pairwise(chain.versions))
        for forward in self.feed.forwards:
            read = max((i for i in chain.versions if i in forward), default=-1)
            if read in following:
                before, after = (np.asarray(self.nodes[i].value, np.float64) for i in (read, following[read]))
                yield self.nodes[read], forward, after - before

    def _outputs(self, read: Node, forward: dict[int, Node]) -> list[Node]:
        """What the layer computes from the version, one operation after the other, up to the next layer."""
        found: list[Node] = []
        waiting = [read]
        while waiting and len(found) < FARTHEST:
            node = waiting.pop(0)
            for use, _ in self.feed.uses_of(node, forward):
                if use not in found and (node is read or not self._is_next_layer(use)):
                    found.append(use)
                    waiting.append(use)
        return found

    def _is_next_layer(self, use: Node) -> bool:
        """Does a trained parameter come in that makes the use a product?"""
        operands = [a.node for a in use.args if isinstance(a, Ref)]
        return use.op in ("matmul", "dot", "einsum") and any(p.index in self.feed.roles.chain_of for p in operands)


def _slope(node: Node, read: Node) -> Array:
    with np.errstate(all="ignore"):
        return gradients({node: np.ones(node.shape)}, [read])[0]
