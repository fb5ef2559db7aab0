"""The compiled walks of `galena.kit.tabular.tree_shap`, where the method and the names are explained.

Within a walk, depth d has the factors P[d] above it, the sums S[d] below it, and O[d], the state o of the edge that
leads to it: whether the lead has taken the path at all nodes asking that edge's player.
"""

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.compiled import compiled, inlined

MOST_LANES = 256
"""At most so many rows are explained side by side; each step's fixed cost is shared by them."""
LANES_STEP = 16

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@compiled()
def plan_trees(
    child: Ints,
    player: Ints,
    share: Floats,
    starts: Ints,
    prev_z: Floats,
    prev_depth: Ints,
    left_z: Floats,
    right_z: Floats,
    points: Ints,
) -> None:
    """Per node that asks: where its player was asked before on the path (depth of that edge, 0 = never), the
    product z of shares up to there, and the products with the left and the right edge; per tree, the points needed."""
    node_at = np.zeros(80, dtype=np.int64)
    stage = np.zeros(80, dtype=np.int64)
    edge_player = np.zeros(80, dtype=np.int64)
    edge_z = np.ones(80)
    different = np.zeros(80, dtype=np.int64)
    for tree in range(len(points)):
        depth = 0
        node_at[0], stage[0], most = starts[tree], 0, 0
        while depth >= 0:
            node = node_at[depth]
            if child[node] == node or stage[depth] == 2:
                most = max(most, different[depth])
                depth -= 1
                continue
            if stage[depth] == 0:
                found = 0
                for above in range(depth, 0, -1):
                    if edge_player[above] == player[node]:
                        found = above
                        break
                before = edge_z[found] if found > 0 else 1.0
                prev_depth[node], prev_z[node] = found, before
                left_z[node] = before * share[child[node]]
                right_z[node] = before * share[child[node] + 1]
            side = stage[depth]
            stage[depth] += 1
            different[depth + 1] = different[depth] + (1 if prev_depth[node] == 0 else 0)
            edge_player[depth + 1] = player[node]
            edge_z[depth + 1] = left_z[node] if side == 0 else right_z[node]
            depth += 1
            node_at[depth], stage[depth] = child[node] + side, 0
        points[tree] = (most + 1) // 2


@compiled(fused=True)
def explain_rows(
    feature: Ints,
    threshold: NDArray[np.float32],
    child: Ints,
    missing_left: NDArray[np.bool_],
    value: Floats,
    starts: Ints,
    player: Ints,
    prev_z: Floats,
    prev_depth: Ints,
    left_z: Floats,
    right_z: Floats,
    points: Ints,
    at: Floats,
    weight: Floats,
    most_depth: int,
    most_points: int,
    x: NDArray[np.float32],
    found: Floats,
) -> None:
    """Add each player's Shapley value of each row to `found` [rows, players]."""
    blocks = max(1, -(-x.shape[0] // MOST_LANES))
    lanes = -(-x.shape[0] // (blocks * LANES_STEP)) * LANES_STEP
    above = np.empty((most_depth + 1, max(most_points, 1), lanes))
    below = np.empty((most_depth + 1, max(most_points, 1), lanes))
    taken = np.ones((most_depth + 2, lanes))
    went_left = np.empty((most_depth + 1, lanes))
    total = np.zeros((found.shape[1], lanes))
    given = np.empty((x.shape[1], lanes), dtype=np.float32)
    node_at = np.zeros(most_depth + 2, dtype=np.int64)
    stage = np.zeros(most_depth + 2, dtype=np.int64)
    for first in range(0, x.shape[0], max(lanes, 1)):
        rows = min(lanes, x.shape[0] - first)
        for lane in range(lanes):
            row = first + min(lane, rows - 1)
            for column in range(x.shape[1]):
                given[column, lane] = x[row, column]
        total[:] = 0.0
        for tree in range(len(points)):
            count = points[tree]
            if count == 0:
                continue
            _start(above, weight, count)
            depth = 0
            node_at[0], stage[0] = starts[tree], 0
            while depth >= 0:
                node = node_at[depth]
                left = child[node]
                z_before, asked = prev_z[node], prev_depth[node]
                if stage[depth] == 0:
                    _ask(
                        given[feature[node]],
                        threshold[node],
                        missing_left[node],
                        taken[asked],
                        went_left[depth],
                    )
                    _leaves(
                        node,
                        depth,
                        count,
                        child,
                        value,
                        z_before,
                        asked,
                        left_z[node],
                        right_z[node],
                        at[count],
                        above,
                        below,
                        taken,
                        went_left,
                        total[player[node]],
                    )
                elif stage[depth] <= 2:
                    z = left_z[node] if stage[depth] == 1 else right_z[node]
                    _up(depth, count, z, z_before, asked, at[count], above, below, taken, total[player[node]])
                side = stage[depth]
                while side < 2 and child[left + side] == left + side:
                    side += 1
                stage[depth] = side + 1
                if side == 2:
                    depth -= 1
                    continue
                z = left_z[node] if side == 0 else right_z[node]
                _take(side, taken[asked], went_left[depth], taken[depth + 1])
                _down(depth, count, z, z_before, asked, at[count], above, taken)
                depth += 1
                node_at[depth], stage[depth] = left + side, 0
        for lane in range(rows):
            for column in range(found.shape[1]):
                found[first + lane, column] += total[column, lane]


@inlined
def _start(above: Floats, weight: Floats, count: int) -> None:
    for point in range(count):
        for lane in range(above.shape[2]):
            above[0, point, lane] = weight[count, point]


@inlined
def _ask(
    given: NDArray[np.float32], threshold: float, missing_left: bool, before: Floats, went_left: Floats
) -> None:
    """The state of the left edge: 1 if the lead was on the path of the player so far and goes left."""
    for lane in range(len(before)):
        number = given[lane]
        goes_left = (number <= threshold) | ((number != number) & missing_left)
        went_left[lane] = before[lane] if goes_left else 0.0


@inlined
def _take(side: int, before: Floats, went_left: Floats, taken: Floats) -> None:
    for lane in range(len(before)):
        taken[lane] = went_left[lane] if side == 0 else before[lane] - went_left[lane]


@inlined
def _down(
    depth: int, count: int, z: float, z_before: float, asked: int, at: Floats, above: Floats, taken: Floats
) -> None:
    """P of a child: P of its parent times the edge's factor."""
    state, before = taken[depth + 1], taken[asked]
    for point in range(count):
        t, rest = at[point], (1 - at[point]) * z
        here, there = above[depth, point], above[depth + 1, point]
        if asked == 0:
            for lane in range(above.shape[2]):
                there[lane] = here[lane] * (t * state[lane] + rest)
        else:
            least = 1 / ((1 - at[point]) * z_before)
            more = 1 / (t + (1 - at[point]) * z_before)
            for lane in range(above.shape[2]):
                inverse = more if before[lane] > 0 else least
                there[lane] = here[lane] * (t * state[lane] + rest) * inverse


@inlined
def _up(
    depth: int,
    count: int,
    z: float,
    z_before: float,
    asked: int,
    at: Floats,
    above: Floats,
    below: Floats,
    taken: Floats,
    total: Floats,
) -> None:
    """An edge's share of its player's value, and the child's S into its parent's."""
    state, before = taken[depth + 1], taken[asked]
    for point in range(count):
        t, rest = at[point], (1 - at[point]) * z
        here, mine, there = above[depth, point], below[depth, point], below[depth + 1, point]
        if asked == 0:
            for lane in range(above.shape[2]):
                total[lane] += (state[lane] - z) * here[lane] * there[lane]
                mine[lane] += (t * state[lane] + rest) * there[lane]
        else:
            least = 1 / ((1 - at[point]) * z_before)
            more = 1 / (t + (1 - at[point]) * z_before)
            for lane in range(above.shape[2]):
                inverse = more if before[lane] > 0 else least
                ratio = (t * state[lane] + rest) * inverse
                weight = (state[lane] - z) - (before[lane] - z_before) * ratio
                total[lane] += weight * inverse * here[lane] * there[lane]
                mine[lane] += ratio * there[lane]


@inlined
def _leaves(
    node: int,
    depth: int,
    count: int,
    child: Ints,
    value: Floats,
    z_before: float,
    asked: int,
    z_left: float,
    z_right: float,
    at: Floats,
    above: Floats,
    below: Floats,
    taken: Floats,
    went_left: Floats,
    total: Floats,
) -> None:
    """Where a node begins: S from the children that are leaves, and what these edges add."""
    # A leaf's value is its own, another child's is 0 here: its part comes when the walk returns from it.
    v_left, v_right = value[child[node]], value[child[node] + 1]
    before, left = taken[asked], went_left[depth]
    no_leaf = child[child[node]] != child[node] and child[child[node] + 1] != child[node] + 1
    for point in range(count):
        t, other = at[point], 1 - at[point]
        here, mine = above[depth, point], below[depth, point]
        if no_leaf:
            for lane in range(above.shape[2]):
                mine[lane] = 0.0
        elif asked == 0:
            start = other * (z_left * v_left + z_right * v_right) + t * v_right
            step = t * (v_left - v_right)
            gain = v_left - v_right
            gain_start = v_right * (1 - z_right) - z_left * v_left
            for lane in range(above.shape[2]):
                mine[lane] = start + step * left[lane]
                total[lane] += (gain_start + gain * left[lane]) * here[lane]
        else:
            least = 1 / (other * z_before)
            more = 1 / (t + other * z_before)
            start = other * (z_left * v_left + z_right * v_right)
            for lane in range(above.shape[2]):
                inverse = more if before[lane] > 0 else least
                right = before[lane] - left[lane]
                summed = (start + t * (v_left * left[lane] + v_right * right)) * inverse
                gained = v_left * (left[lane] - z_left) + v_right * (right - z_right)
                total[lane] += (gained - (before[lane] - z_before) * summed) * inverse * here[lane]
                mine[lane] = summed
