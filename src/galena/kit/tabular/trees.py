"""An additive ensemble of decision trees as flat arrays, whatever library grew it.

The prediction is the base plus the value of the one leaf reached in each tree. At a node, an input at or below the
threshold goes left, a greater one right, a missing one (NaN) where the node sends missing values. Inputs are 32-bit
floats, so a threshold may be rounded down to 32 bits without changing any decision: the compiled form does so.
"""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galena.kit.errors import InputError
from galena.kit.tabular.compiled import compiled
from galena.kit.tabular.row_blocks import in_blocks
from galena.kit.tabular.tree_masks import MaskedTrees, masked, walk_masked

FEW_ROWS = 16
"""Fewer rows than this walk through the trees one by one."""
MAX_DEPTH = 64
LEAST_SHARE = 1e-9
"""A child that no training row reached counts as reached by this share of its parent's rows."""


class TreesError(InputError):
    """The arrays are not a forest: a child that does not exist, a circle, a value that is not a number."""


@dataclass(frozen=True, eq=False)
class Trees:
    """Nodes of all trees; a leaf has feature -1. All arrays but `roots` have one entry per node.

    Attributes:
        feature: which input the node asks about; -1 for a leaf.
        threshold: inputs at or below it go left.
        left: the node for inputs at or below the threshold (anything for a leaf).
        right: the node for greater inputs (anything for a leaf).
        missing_left: whether a missing input goes left.
        value: what a leaf adds (anything for other nodes).
        cover: the training weight that passed the node; explanations average over it.
        roots: the first node of each tree.
        base: what the sum starts from.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    value: NDArray[np.float64]
    cover: NDArray[np.float64]
    roots: NDArray[np.int32]
    base: float

    @property
    def tree_count(self) -> int:
        """How many trees there are."""
        return len(self.roots)

    @cached_property
    def input_count(self) -> int:
        """How many inputs at least a row needs: the greatest feature asked about, plus one."""
        return int(self.feature.max(initial=-1)) + 1

    @cached_property
    def packed(self) -> "PackedTrees":
        """The same trees in the order the compiled walk reads them.

        Raises:
            TreesError: the arrays do not describe trees.
        """
        return pack(self)

    @cached_property
    def masked(self) -> MaskedTrees:
        """The same trees as many rows walk through them."""
        return masked(self)

    @cached_property
    def plans(self) -> dict[bytes, Any]:
        """What explaining has prepared so far, per grouping of inputs into players."""
        return {}

    @cached_property
    def expected(self) -> float:
        """The mean prediction over the training rows: leaf values weighed by the shares of cover that lead to them."""
        packed = self.packed
        reach = packed.reach(self.cover)
        return self.base + float(reach @ packed.value)

    def raw(self, x: NDArray[np.float32], *, threads: int = 1) -> NDArray[np.float64]:
        """The prediction of each row of `x` [rows, inputs]; NaN is missing.

        Raises:
            TreesError: the rows have fewer inputs than the trees ask about.
        """
        x = self.checked(x)
        found = np.empty(len(x))
        if len(x) < FEW_ROWS:
            for row in range(len(x)):
                found[row] = self.raw_one(x[row])
        else:
            in_blocks(partial(_walk, self.masked, self.base, x, found), len(x), threads=threads)
        return found

    def raw_one(self, x: NDArray[np.float32]) -> float:
        """The prediction of one row, fast; the caller answers for the number of inputs."""
        return float(_walk_one(*self.packed.walked, self.base, x))

    def contributions(
        self,
        x: NDArray[np.float32],
        *,
        players: NDArray[np.int32] | None = None,
        threads: int = 1,
    ) -> tuple[NDArray[np.float64], float]:
        """Exact path-dependent Shapley values [rows, inputs] and the expected value; see `tree_shap`.

        With `players` (for each input, the number of the player it belongs to) inputs are explained together:
        the result is the exact Shapley value of each player, [rows, players].
        """
        from galena.kit.tabular.tree_shap import tree_contributions

        return tree_contributions(self, self.checked(x), players, threads)

    def checked(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows as the compiled walk needs them."""
        if x.ndim != 2 or x.shape[1] < self.input_count:
            raise TreesError(
                "The rows do not have the inputs that the trees ask about.",
                facts={"shape": x.shape, "inputs": self.input_count},
            )
        return np.ascontiguousarray(x, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class PackedTrees:
    """Trees one after the other, each by levels, brothers side by side; a leaf leads to itself.

    A row that is at a leaf stays there, so all rows of a block take the same number of steps.

    Attributes:
        feature: as in `Trees`, but 0 for a leaf.
        threshold: rounded down to 32 bits; infinite for a leaf.
        child: the left child; the right one follows it. A leaf's child is itself.
        missing_left: as in `Trees`; true for a leaf.
        value: as in `Trees`; 0 for nodes that are no leaves.
        starts: where each tree begins, and the number of nodes at the end.
        depths: the greatest number of steps in each tree.
        source: which node of the `Trees` each one is.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    child: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    value: NDArray[np.float64]
    starts: NDArray[np.int32]
    depths: NDArray[np.int32]
    source: NDArray[np.int32]

    @cached_property
    def walked(self) -> tuple[NDArray[Any], ...]:
        """What the compiled walks take."""
        return (
            self.feature,
            self.threshold,
            self.child,
            self.missing_left,
            self.value,
            self.starts,
        )

    def share_of_parent(self, cover: NDArray[np.float64]) -> NDArray[np.float64]:
        """Per node, the share of its parent's training weight that came to it; 1 for roots, never 0."""
        share = np.ones(len(self.child))
        inner = np.flatnonzero(self.child != np.arange(len(self.child)))
        for side in (0, 1):
            children = self.child[inner] + side
            with np.errstate(divide="ignore", invalid="ignore"):
                given = cover[self.source[children]] / cover[self.source[inner]]
            share[children] = np.clip(np.nan_to_num(given, nan=0.5), LEAST_SHARE, 1.0)
        return share

    def reach(self, cover: NDArray[np.float64]) -> NDArray[np.float64]:
        """Per node, the share of the training weight that comes to it."""
        share = self.share_of_parent(cover)
        here = self.starts[:-1]
        while len(here):
            inner = here[self.child[here] != here]
            here = np.concatenate([self.child[inner], self.child[inner] + 1])
            share[here] *= np.tile(share[inner], 2)
        return share


def pack(trees: Trees) -> PackedTrees:
    """Check the arrays and bring them into the order of the compiled walk."""
    _check_arrays(trees)
    order, tree_of, level_of = _levels(trees)
    leaf = trees.feature[order] < 0
    position = np.full(len(trees.feature), -1, dtype=np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    depths = np.zeros(trees.tree_count, dtype=np.int32)
    np.maximum.at(depths, tree_of, level_of)
    return PackedTrees(
        feature=np.where(leaf, 0, trees.feature[order]).astype(np.int32),
        threshold=np.where(leaf, np.float32(np.inf), rounded_down(trees.threshold[order])),
        child=np.where(leaf, position[order], position[np.where(leaf, 0, trees.left[order])]).astype(
            np.int32
        ),
        missing_left=leaf | trees.missing_left[order],
        value=np.where(leaf, trees.value[order], 0.0),
        starts=np.searchsorted(tree_of, np.arange(trees.tree_count + 1)).astype(np.int32),
        depths=depths,
        source=order,
    )


def rounded_down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The greatest 32-bit floats at or below the thresholds: `x <= t` is unchanged for every 32-bit `x`."""
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
        below = np.nextafter(near, np.float32(-np.inf))
    return np.where(near.astype(np.float64) > threshold, below, near)


def _check_arrays(trees: Trees) -> None:
    nodes = len(trees.feature)
    arrays = (trees.threshold, trees.left, trees.right, trees.missing_left, trees.value, trees.cover)
    if any(array.shape != (nodes,) for array in arrays):
        raise TreesError("The arrays of the trees have different lengths.", facts={"nodes": nodes})
    inner = trees.feature >= 0
    children = np.concatenate([trees.left[inner], trees.right[inner], trees.roots])
    if nodes == 0 or ((children < 0) | (children >= nodes)).any():
        raise TreesError("A tree names a node that does not exist.", facts={"nodes": nodes})
    if len(np.unique(children)) != len(children):
        raise TreesError("A node of the trees is reached in two ways.", facts={"nodes": nodes})
    numbers = (trees.threshold[inner], trees.cover, np.asarray(trees.base))
    if any(np.isnan(array).any() for array in numbers) or not np.isfinite(trees.value[~inner]).all():
        raise TreesError("The trees hold a value that is not a number.", facts={"nodes": nodes})
    if (trees.cover < 0).any():
        raise TreesError("The trees hold a negative training weight.", facts={"nodes": nodes})


def _levels(trees: Trees) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """All nodes, tree after tree and level after level, with the tree and the level of each."""
    here, tree = trees.roots, np.arange(trees.tree_count, dtype=np.int32)
    found: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]] = []
    while len(here):
        if len(found) > MAX_DEPTH:
            raise TreesError("A tree is too deep.", facts={"most": MAX_DEPTH})
        found.append((here, tree, np.full(len(here), len(found), dtype=np.int32)))
        inner = trees.feature[here] >= 0
        parents = here[inner]
        here = np.column_stack([trees.left[parents], trees.right[parents]]).ravel()
        tree = np.repeat(tree[inner], 2)
    order, tree_of, level_of = (np.concatenate(parts) for parts in zip(*found, strict=True))
    by_tree = np.argsort(tree_of, kind="stable")
    return order[by_tree], tree_of[by_tree], level_of[by_tree]


def joined(parts: list[Trees], base: float) -> Trees:
    """One ensemble of several: the sum of their trees over a new base (their own bases are left out)."""
    offsets = np.cumsum([0, *(len(part.feature) for part in parts[:-1])]).astype(np.int32)

    def stacked(name: str, shift: bool = False) -> NDArray[Any]:
        arrays = [getattr(part, name) for part in parts]
        return np.concatenate([a + o for a, o in zip(arrays, offsets, strict=True)] if shift else arrays)

    return Trees(
        feature=stacked("feature"),
        threshold=stacked("threshold"),
        left=stacked("left", shift=True),
        right=stacked("right", shift=True),
        missing_left=stacked("missing_left"),
        value=stacked("value"),
        cover=stacked("cover"),
        roots=stacked("roots", shift=True),
        base=base,
    )


def _walk(
    trees: MaskedTrees, base: float, x: NDArray[np.float32], found: NDArray[np.float64], first: int, last: int
) -> None:
    walk_masked(*trees.walked, base, x[first:last].view(np.int32), found[first:last])


@compiled()
def _walk_one(
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    child: NDArray[np.int32],
    missing_left: NDArray[np.bool_],
    value: NDArray[np.float64],
    starts: NDArray[np.int32],
    base: float,
    x: NDArray[np.float32],
) -> float:
    """One row through all trees, stopping at the leaf."""
    total = base
    for tree in range(len(starts) - 1):
        node = starts[tree]
        while child[node] != node:
            given = x[feature[node]]
            goes_left = given <= threshold[node] or (given != given and missing_left[node])
            node = child[node] + (0 if goes_left else 1)
        total += value[node]
    return total
