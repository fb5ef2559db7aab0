"""The compiled walk of `galena.kit.tabular.tree_shap` for one row: the points of the quadrature are the lanes.

Points come in groups of WIDE; those beyond a tree's number have weight 0.
"""

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.compiled import compiled, inlined

WIDE = 8

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@compiled(fused=True)
def explain_one_row(
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
    x: NDArray[np.float32],
    found: Floats,
) -> None:
    """Add each player's Shapley value of one row to `found` [players]; `at`, `weight` are [points, groups, WIDE]."""
    above = np.empty((most_depth + 1, at.shape[1], WIDE))
    below = np.empty((most_depth + 2, at.shape[1], WIDE))
    summed = np.zeros(most_depth + 1)
    taken = np.ones(most_depth + 2)
    left_taken = np.zeros(most_depth + 2)
    node_at = np.zeros(most_depth + 2, dtype=np.int64)
    stage = np.zeros(most_depth + 2, dtype=np.int64)
    for tree in range(len(points)):
        if points[tree] == 0:
            continue
        groups = (points[tree] + WIDE - 1) // WIDE
        for group in range(groups):
            for lane in range(WIDE):
                above[0, group, lane] = weight[points[tree], group, lane]
        summed[0] = 1.0
        depth = 0
        node_at[0], stage[0] = starts[tree], 0
        while depth >= 0:
            node = node_at[depth]
            left = child[node]
            z_before, asked = prev_z[node], prev_depth[node]
            before = taken[asked] if asked > 0 else 1.0
            if stage[depth] == 0:
                number = x[feature[node]]
                goes_left = number <= threshold[node] or (number != number and missing_left[node])
                left_taken[depth] = before if goes_left else 0.0
                found[player[node]] += _leaves(
                    child[left] == left,
                    child[left + 1] == left + 1,
                    value[left],
                    value[left + 1],
                    left_taken[depth],
                    left_z[node],
                    right_z[node],
                    before,
                    z_before,
                    asked,
                    groups,
                    at,
                    points[tree],
                    above,
                    below,
                    depth,
                    summed[depth],
                )
            else:
                z = left_z[node] if stage[depth] == 1 else right_z[node]
                found[player[node]] += _up(
                    taken[depth + 1],
                    z,
                    before,
                    z_before,
                    asked,
                    groups,
                    at,
                    points[tree],
                    above,
                    below,
                    depth,
                )
            side = stage[depth]
            while side < 2 and child[left + side] == left + side:
                side += 1
            stage[depth] = side + 1
            if side == 2:
                depth -= 1
                continue
            z = left_z[node] if side == 0 else right_z[node]
            state = left_taken[depth] if side == 0 else before - left_taken[depth]
            taken[depth + 1] = state
            summed[depth + 1] = _down(
                state, z, before, z_before, asked, groups, at, points[tree], above, depth
            )
            depth += 1
            node_at[depth], stage[depth] = left + side, 0


@inlined
def _down(
    state: float,
    z: float,
    before: float,
    z_before: float,
    asked: int,
    groups: int,
    at: Floats,
    row: int,
    above: Floats,
    depth: int,
) -> float:
    """P of a child; the result is its sum."""
    total = 0.0
    for group in range(groups):
        if asked == 0:
            for lane in range(WIDE):
                above[depth + 1, group, lane] = above[depth, group, lane] * (
                    at[row, group, lane] * (state - z) + z
                )
                total += above[depth + 1, group, lane]
        else:
            for lane in range(WIDE):
                factor = (at[row, group, lane] * (state - z) + z) / (
                    at[row, group, lane] * (before - z_before) + z_before
                )
                above[depth + 1, group, lane] = above[depth, group, lane] * factor
                total += above[depth + 1, group, lane]
    return total


@inlined
def _up(
    state: float,
    z: float,
    before: float,
    z_before: float,
    asked: int,
    groups: int,
    at: Floats,
    row: int,
    above: Floats,
    below: Floats,
    depth: int,
) -> float:
    """What an edge adds to its player; the child's S goes into its parent's."""
    gained = 0.0
    for group in range(groups):
        if asked == 0:
            for lane in range(WIDE):
                gained += above[depth, group, lane] * below[depth + 1, group, lane]
                below[depth, group, lane] += (at[row, group, lane] * (state - z) + z) * below[
                    depth + 1, group, lane
                ]
        else:
            for lane in range(WIDE):
                inverse = 1 / (at[row, group, lane] * (before - z_before) + z_before)
                ratio = (at[row, group, lane] * (state - z) + z) * inverse
                gained += (
                    ((state - z) - (before - z_before) * ratio)
                    * inverse
                    * above[depth, group, lane]
                    * below[depth + 1, group, lane]
                )
                below[depth, group, lane] += ratio * below[depth + 1, group, lane]
    return gained * (state - z) if asked == 0 else gained


@inlined
def _leaves(
    is_left: bool,
    is_right: bool,
    v_left: float,
    v_right: float,
    left: float,
    z_left: float,
    z_right: float,
    before: float,
    z_before: float,
    asked: int,
    groups: int,
    at: Floats,
    row: int,
    above: Floats,
    below: Floats,
    depth: int,
    summed: float,
) -> float:
    """Where a node begins: S from the children that are leaves (another child's value is 0 here), and what these
    edges add to the player."""
    if not (is_left or is_right):
        for group in range(groups):
            for lane in range(WIDE):
                below[depth, group, lane] = 0.0
        return 0.0
    right = before - left
    # S = start + step * t, divided by the factor of the player's previous node
    start = v_left * z_left + v_right * z_right
    step = v_left * left + v_right * right - start
    if asked == 0:
        for group in range(groups):
            for lane in range(WIDE):
                below[depth, group, lane] = start + step * at[row, group, lane]
        return step * summed
    gained = 0.0
    for group in range(groups):
        for lane in range(WIDE):
            inverse = 1 / (at[row, group, lane] * (before - z_before) + z_before)
            below[depth, group, lane] = (start + step * at[row, group, lane]) * inverse
            gained += (
                (step - (before - z_before) * below[depth, group, lane]) * inverse * above[depth, group, lane]
            )
    return gained
