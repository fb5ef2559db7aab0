"""Exact Shapley values of tree ensembles, path dependent, by quadrature.

The game (Lundberg, Erion, Lee 2018, "Consistent individualized feature attribution for tree ensembles"; Lundberg et
al. 2020, Nature Machine Intelligence 2, "TreeExplainer"): with the players S known, a walk takes the lead's way at
nodes that ask a player of S, and both ways, weighed by training cover, at others. So a leaf of value v whose path asks
the players F is worth v * prod_{i in S} o_i * prod_{i in F - S} z_i, where o_i is 1 if the lead takes the path at all
nodes that ask i, else 0, and z_i is the product of the shares of cover along them.

A Shapley value is the integral over t in [0, 1] of the derivative of the multilinear extension (Owen 1972): let every
player join with probability t. For a leaf,

    phi_i = v * (o_i - z_i) * integral_0^1 prod_{j in F - i} (t o_j + (1 - t) z_j) dt .

The integrand is a polynomial of degree |F| - 1, so Gauss-Legendre quadrature with ceil(|F| / 2) points is exact: no
subset is ever enumerated, and nothing is approximated (the same idea, with other nodes: Yu et al. 2022, "Linear
TreeShap"; Yang 2021, "Fast TreeSHAP" gives the older dynamic programme). One walk per tree does all leaves: on the way
down a node knows P = (quadrature weight) * (product of the factors f_j = t o_j + (1 - t) z_j above it); on the way up
it knows S = the sum over leaves below it of v times the product of factors below it. An edge to a child c by player i
adds (o_i - z_i) * sum over points of P * S_c to phi_i.

A player asked again on a path: its new factor f (with the products o, z over all its nodes so far) replaces the
factor f' of its previous node, so the edge's factor is f / f', and the edge adds
sum of ((o - z) - (o' - z') f / f') P S_c / f' : the new value of the player's term minus the one counted above.

Rows are worked on in blocks of equal size, so that each arithmetic step serves many rows at once; a single lead instead
uses the points of the quadrature as lanes. Trees with few different questions are read off tables instead.
"""

from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.row_blocks import in_blocks, together
from galena.kit.tabular.shap_kernels import explain_rows, plan_trees
from galena.kit.tabular.shap_one_row import WIDE, explain_one_row
from galena.kit.tabular.shap_tables import TabledTrees
from galena.kit.tabular.trees import Trees, TreesError

MOST_POINTS = 32
"""Points of the largest quadrature: exact for 64 different players on one path."""


class ShapPlan:
    """What explaining needs beside the trees: per node, the players' products of cover shares along the path."""

    def __init__(self, trees: Trees, players: NDArray[np.int32]) -> None:
        packed = trees.packed
        share = packed.share_of_parent(trees.cover)
        player = players[packed.feature].astype(np.int32)
        nodes = len(packed.child)
        self.prev_z, self.prev_depth = np.ones(nodes), np.zeros(nodes, dtype=np.int32)
        self.left_z, self.right_z = np.ones(nodes), np.ones(nodes)
        self.points = np.zeros(trees.tree_count, dtype=np.int32)
        plan_trees(
            packed.child,
            player,
            share,
            packed.starts,
            self.prev_z,
            self.prev_depth,
            self.left_z,
            self.right_z,
            self.points,
        )
        self.most_points = int(self.points.max(initial=0))
        if self.most_points > MOST_POINTS:
            raise TreesError(
                "A path of the trees asks about too many columns.", facts={"most": 2 * MOST_POINTS}
            )
        self.most_depth = int(packed.depths.max(initial=0))
        self.at, self.weight = quadrature(self.most_points)
        self.player_count = int(players.max(initial=-1)) + 1
        self.tables: tuple[NDArray[Any], ...] = (
            packed.feature,
            packed.threshold,
            packed.child,
            packed.missing_left,
            packed.value,
            packed.starts,
            player,
            self.prev_z,
            self.prev_depth,
            self.left_z,
            self.right_z,
            self.points,
        )
        self.half = np.full_like(packed.threshold, 0.5)
        self.tabled = TabledTrees(trees, player, self._explain_patterns)
        self.points[self.tabled.chosen] = 0  # the walks leave these trees out
        self.nodes_before = np.concatenate([[0], np.cumsum(np.diff(packed.starts) * (self.points > 0))])

    def _explain_patterns(
        self,
        tree: int,
        question: NDArray[np.int32],
        answers: NDArray[np.float32],
        places: NDArray[np.int32],
        found: NDArray[np.float64],
    ) -> None:
        """One tree as if its questions were the inputs; see `shap_tables`."""
        _, _, child, missing_left, value, starts, _, *shares, points = self.tables
        one = slice(tree, tree + 1)
        own = (question, self.half, child, missing_left, value, starts[one], places, *shares, points[one])
        explain_rows(*own, self.at, self.weight, self.most_depth, self.most_points, answers, found)

    def equal_parts(self, count: int) -> list[int]:
        """Where to cut the trees into parts of about equally many nodes that are walked."""
        shares = np.linspace(0, self.nodes_before[-1], count + 1)
        ends = np.searchsorted(self.nodes_before, shares)
        return [*(int(each) for each in ends[:-1]), len(self.points)]

    @cached_property
    def grouped(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The quadratures in groups of WIDE points, as one row is explained: [points, groups, WIDE]."""
        rows, most = self.at.shape
        groups = -(-most // WIDE)
        at, weight = np.full((rows, groups * WIDE), 0.5), np.zeros((rows, groups * WIDE))
        at[:, :most], weight[:, :most] = np.where(self.weight > 0, self.at, 0.5), self.weight
        return at.reshape(rows, groups, WIDE), weight.reshape(rows, groups, WIDE)


def quadrature(most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre points and weights on [0, 1]: row k holds those of k points, then zeros."""
    at, weight = np.zeros((most + 1, max(most, 1))), np.zeros((most + 1, max(most, 1)))
    for count in range(1, most + 1):
        points, weights = np.polynomial.legendre.leggauss(count)
        at[count, :count], weight[count, :count] = (points + 1) / 2, weights / 2
    return at, weight


def tree_contributions(
    trees: Trees, x: NDArray[np.float32], players: NDArray[np.int32] | None, threads: int
) -> tuple[NDArray[np.float64], float]:
    """See `Trees.contributions`; `x` must have been checked."""
    plan = plan_of(trees, players if players is not None else np.arange(x.shape[1], dtype=np.int32))
    found = np.zeros((len(x), plan.player_count))
    if len(x) < FEW_ROWS:
        for row in range(len(x)):
            _explain_one(plan, x[row], found[row], threads)
    else:
        in_blocks(partial(_explain, plan, x, found), len(x), threads=threads, most=2_048)
    return found, trees.expected


FEW_ROWS = 4
"""Fewer rows than this are explained one at a time."""
SHARED_NODES = 10_000
"""Trees of more nodes than this share out one row's work among threads: below, the hand-over costs more."""


def _explain_one(plan: ShapPlan, x: NDArray[np.float32], found: NDArray[np.float64], threads: int) -> None:
    """One row; the trees of a large ensemble are shared out among threads."""
    count, tables = len(plan.points), (*plan.tables, *plan.grouped, plan.most_depth)
    plan.tabled.add(x[None, :], found[None, :])
    if threads <= 1 or plan.nodes_before[-1] < SHARED_NODES:
        explain_one_row(*tables, 0, count, x, found)
        return
    ends = plan.equal_parts(threads)
    parts = [np.zeros(len(found)) for _ in ends[1:]]
    pairs = zip(ends[:-1], ends[1:], parts, strict=True)
    together([partial(explain_one_row, *tables, first, last, x, part) for first, last, part in pairs])
    for part in parts:
        found += part


def plan_of(trees: Trees, players: NDArray[np.int32]) -> ShapPlan:
    """The plan, made once per grouping of inputs into players and kept with the trees."""
    kept: dict[bytes, ShapPlan] = trees.plans
    key = players.tobytes()
    if key not in kept:
        kept[key] = ShapPlan(trees, players)
    return kept[key]


def _explain(
    plan: ShapPlan, x: NDArray[np.float32], found: NDArray[np.float64], first: int, last: int
) -> None:
    tables = (*plan.tables, plan.at, plan.weight, plan.most_depth, plan.most_points)
    explain_rows(*tables, x[first:last], found[first:last])
    plan.tabled.add(x[first:last], found[first:last])
