"""The compiled walk of `galena.kit.tabular.tree_shap` for one row: the points of the quadrature are the lanes.

Points come in groups of WIDE; those beyond a tree's number have weight 0. The lanes are written out, all that is read
before all that is written, so that the compiler makes one wide instruction of each line of four. A player that was not
asked before on the path counts as asked with o = z = 1, whose factor is 1.
"""

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.compiled import compiled, inlined

WIDE = 4

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
    first: int,
    last: int,
    x: NDArray[np.float32],
    found: Floats,
) -> None:
    """Add each player's Shapley value of one row in the trees from `first` to before `last` to `found` [players].

    `at` and `weight` are [points, groups, WIDE].
    """
    above = np.empty((most_depth + 2, at.shape[1], WIDE))
    below = np.empty((most_depth + 2, at.shape[1], WIDE))
    taken = np.ones(most_depth + 2)
    left_taken = np.zeros(most_depth + 2)
    node_at = np.zeros(most_depth + 2, dtype=np.int64)
    stage = np.zeros(most_depth + 2, dtype=np.int64)
    for tree in range(first, last):
        row = points[tree]
        if row == 0:
            continue
        groups = (row + WIDE - 1) // WIDE
        for group in range(groups):
            for lane in range(WIDE):
                above[0, group, lane] = weight[row, group, lane]
        depth = 0
        node_at[0], stage[0] = starts[tree], 0
        while depth >= 0:
            node = node_at[depth]
            left = child[node]
            before, z_before = taken[prev_depth[node]], prev_z[node]
            if stage[depth] == 0:
                left_taken[depth] = (
                    before if _goes_left(x[feature[node]], threshold[node], missing_left[node]) else 0.0
                )
                found[player[node]] += _leaves(
                    value[left],
                    value[left + 1],
                    left_taken[depth],
                    left_z[node],
                    right_z[node],
                    before,
                    z_before,
                    groups,
                    at,
                    row,
                    above,
                    below,
                    depth,
                )
            else:
                z = left_z[node] if stage[depth] == 1 else right_z[node]
                found[player[node]] += _up(
                    taken[depth + 1], z, before, z_before, groups, at, row, above, below, depth
                )
            side = stage[depth]
            while side < 2:
                here = left + side
                below_here = child[here]
                if below_here != here:
                    z = left_z[node] if side == 0 else right_z[node]
                    state = left_taken[depth] if side == 0 else before - left_taken[depth]
                    taken[depth + 1] = state
                    if child[below_here] != below_here or child[below_here + 1] != below_here + 1:
                        break
                    before_here = taken[prev_depth[here]]
                    goes_left = _goes_left(x[feature[here]], threshold[here], missing_left[here])
                    mine, its = _last_question(
                        state,
                        z,
                        before,
                        z_before,
                        value[below_here],
                        value[below_here + 1],
                        before_here if goes_left else 0.0,
                        left_z[here],
                        right_z[here],
                        before_here,
                        prev_z[here],
                        groups,
                        at,
                        row,
                        above,
                        below,
                        depth,
                    )
                    found[player[node]] += mine
                    found[player[here]] += its
                side += 1
            stage[depth] = side + 1
            if side == 2:
                depth -= 1
                continue
            _down(state, z, before, z_before, groups, at, row, above, depth)
            depth += 1
            node_at[depth], stage[depth] = left + side, 0


@inlined
def _goes_left(given: float, threshold: float, missing_left: bool) -> bool:
    return given <= threshold or (given != given and missing_left)


@inlined
def _down(
    state: float,
    z: float,
    before: float,
    z_before: float,
    groups: int,
    at: Floats,
    row: int,
    above: Floats,
    depth: int,
) -> None:
    """P of a child."""
    step, last_step = state - z, before - z_before
    for group in range(groups):
        t0, t1, t2, t3 = at[row, group, 0], at[row, group, 1], at[row, group, 2], at[row, group, 3]
        p0, p1, p2, p3 = (
            above[depth, group, 0],
            above[depth, group, 1],
            above[depth, group, 2],
            above[depth, group, 3],
        )
        f0, f1, f2, f3 = (
            (t0 * step + z) / (t0 * last_step + z_before),
            (t1 * step + z) / (t1 * last_step + z_before),
            (t2 * step + z) / (t2 * last_step + z_before),
            (t3 * step + z) / (t3 * last_step + z_before),
        )
        above[depth + 1, group, 0] = p0 * f0
        above[depth + 1, group, 1] = p1 * f1
        above[depth + 1, group, 2] = p2 * f2
        above[depth + 1, group, 3] = p3 * f3


@inlined
def _up(
    state: float,
    z: float,
    before: float,
    z_before: float,
    groups: int,
    at: Floats,
    row: int,
    above: Floats,
    below: Floats,
    depth: int,
) -> float:
    """What an edge adds to its player; the child's S goes into its parent's."""
    gained, step, last_step = 0.0, state - z, before - z_before
    for group in range(groups):
        t0, t1, t2, t3 = at[row, group, 0], at[row, group, 1], at[row, group, 2], at[row, group, 3]
        p0, p1, p2, p3 = (
            above[depth, group, 0],
            above[depth, group, 1],
            above[depth, group, 2],
            above[depth, group, 3],
        )
        s0, s1, s2, s3 = (
            below[depth + 1, group, 0],
            below[depth + 1, group, 1],
            below[depth + 1, group, 2],
            below[depth + 1, group, 3],
        )
        m0, m1, m2, m3 = (
            below[depth, group, 0],
            below[depth, group, 1],
            below[depth, group, 2],
            below[depth, group, 3],
        )
        i0, i1, i2, i3 = (
            1 / (t0 * last_step + z_before),
            1 / (t1 * last_step + z_before),
            1 / (t2 * last_step + z_before),
            1 / (t3 * last_step + z_before),
        )
        f0, f1, f2, f3 = (
            (t0 * step + z) * i0,
            (t1 * step + z) * i1,
            (t2 * step + z) * i2,
            (t3 * step + z) * i3,
        )
        g0, g1, g2, g3 = (
            (step - last_step * f0) * i0 * p0 * s0,
            (step - last_step * f1) * i1 * p1 * s1,
            (step - last_step * f2) * i2 * p2 * s2,
            (step - last_step * f3) * i3 * p3 * s3,
        )
        gained += (g0 + g1) + (g2 + g3)
        below[depth, group, 0] = m0 + f0 * s0
        below[depth, group, 1] = m1 + f1 * s1
        below[depth, group, 2] = m2 + f2 * s2
        below[depth, group, 3] = m3 + f3 * s3
    return gained


@inlined
def _leaves(
    v_left: float,
    v_right: float,
    left: float,
    z_left: float,
    z_right: float,
    before: float,
    z_before: float,
    groups: int,
    at: Floats,
    row: int,
    above: Floats,
    below: Floats,
    depth: int,
) -> float:
    """Where a node begins: S from the children that are leaves (another child's value is 0 here), and what these
    edges add to the player."""
    gained, last_step = 0.0, before - z_before
    # S is start + step * t, over the factor of the player's previous node
    start = v_left * z_left + v_right * z_right
    step = v_left * left + v_right * (before - left) - start
    for group in range(groups):
        t0, t1, t2, t3 = at[row, group, 0], at[row, group, 1], at[row, group, 2], at[row, group, 3]
        p0, p1, p2, p3 = (
            above[depth, group, 0],
            above[depth, group, 1],
            above[depth, group, 2],
            above[depth, group, 3],
        )
        i0, i1, i2, i3 = (
            1 / (t0 * last_step + z_before),
            1 / (t1 * last_step + z_before),
            1 / (t2 * last_step + z_before),
            1 / (t3 * last_step + z_before),
        )
        s0, s1, s2, s3 = (
            (start + step * t0) * i0,
            (start + step * t1) * i1,
            (start + step * t2) * i2,
            (start + step * t3) * i3,
        )
        g0, g1, g2, g3 = (
            (step - last_step * s0) * i0 * p0,
            (step - last_step * s1) * i1 * p1,
            (step - last_step * s2) * i2 * p2,
            (step - last_step * s3) * i3 * p3,
        )
        gained += (g0 + g1) + (g2 + g3)
        below[depth, group, 0] = s0
        below[depth, group, 1] = s1
        below[depth, group, 2] = s2
        below[depth, group, 3] = s3
    return gained


@inlined
def _last_question(
    state: float,
    z: float,
    before: float,
    z_before: float,
    v_left: float,
    v_right: float,
    left: float,
    z_left: float,
    z_right: float,
    before_here: float,
    z_before_here: float,
    groups: int,
    at: Floats,
    row: int,
    above: Floats,
    below: Floats,
    depth: int,
) -> tuple[float, float]:
    """The edge to a node with two leaves, and that node, at once: what they add to their players."""
    mine, its = 0.0, 0.0
    step, last_step, here_step = state - z, before - z_before, before_here - z_before_here
    start = v_left * z_left + v_right * z_right
    rise = v_left * left + v_right * (before_here - left) - start
    for group in range(groups):
        t0, t1, t2, t3 = at[row, group, 0], at[row, group, 1], at[row, group, 2], at[row, group, 3]
        p0, p1, p2, p3 = (
            above[depth, group, 0],
            above[depth, group, 1],
            above[depth, group, 2],
            above[depth, group, 3],
        )
        m0, m1, m2, m3 = (
            below[depth, group, 0],
            below[depth, group, 1],
            below[depth, group, 2],
            below[depth, group, 3],
        )
        i0, i1, i2, i3 = (
            1 / (t0 * last_step + z_before),
            1 / (t1 * last_step + z_before),
            1 / (t2 * last_step + z_before),
            1 / (t3 * last_step + z_before),
        )
        j0, j1, j2, j3 = (
            1 / (t0 * here_step + z_before_here),
            1 / (t1 * here_step + z_before_here),
            1 / (t2 * here_step + z_before_here),
            1 / (t3 * here_step + z_before_here),
        )
        f0, f1, f2, f3 = (
            (t0 * step + z) * i0,
            (t1 * step + z) * i1,
            (t2 * step + z) * i2,
            (t3 * step + z) * i3,
        )
        s0, s1, s2, s3 = (
            (start + rise * t0) * j0,
            (start + rise * t1) * j1,
            (start + rise * t2) * j2,
            (start + rise * t3) * j3,
        )
        g0, g1, g2, g3 = (
            (step - last_step * f0) * i0 * p0 * s0,
            (step - last_step * f1) * i1 * p1 * s1,
            (step - last_step * f2) * i2 * p2 * s2,
            (step - last_step * f3) * i3 * p3 * s3,
        )
        h0, h1, h2, h3 = (
            (rise - here_step * s0) * j0 * p0 * f0,
            (rise - here_step * s1) * j1 * p1 * f1,
            (rise - here_step * s2) * j2 * p2 * f2,
            (rise - here_step * s3) * j3 * p3 * f3,
        )
        mine += (g0 + g1) + (g2 + g3)
        its += (h0 + h1) + (h2 + h3)
        below[depth, group, 0] = m0 + f0 * s0
        below[depth, group, 1] = m1 + f1 * s1
        below[depth, group, 2] = m2 + f2 * s2
        below[depth, group, 3] = m3 + f3 * s3
    return mine, its
