"""Many rows through many trees: the questions that most rows meet are put to all rows at once.

The part of a tree that most training rows pass is cut off as its head, with up to 64 exits numbered from the left. Each
row of a block starts with a mask of 64 ones, one per exit. A row that goes right at a question cannot leave through the
exits on that question's left, so the question takes their bits away; questions of a head that are the same (as in
symmetric trees) are put once. The lowest bit left is the row's exit (Lucchese et al. 2015, "QuickScorer"; Ye et
al. 2018, "RapidScorer"). Where the exit is no leaf, the row walks on from there, question by question.

Inputs and thresholds are compared as whole numbers in the same order ("keys"), missing being the greatest; one added
makes it the least, for questions where missing goes left. So decisions equal those of a single row's walk.
"""

from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.compiled import compiled

if TYPE_CHECKING:
    from galena.kit.tabular.trees import Trees

EXITS = 64
ALL = (1 << EXITS) - 1
BLOCK_ROWS = 256
"""Rows that are worked on together: their keys and masks stay in the processor's caches."""
MISSING_KEY = np.int32(2**31 - 1)
PLACES = 0x03F79D71B4CB0A89
"""Times a power of two, the six highest bits of this number differ for each of the 64 powers (de Bruijn)."""

Ints = NDArray[np.int32]
Question = tuple[int, int, int]
"""Which input, 1 if missing goes left, and the greatest key that goes left."""


def keys_of(numbers: NDArray[np.float32]) -> Ints:
    """Whole numbers in the same order; NaN is the greatest."""
    bits = (numbers + np.float32(0)).view(np.int32)
    ordered = bits ^ ((bits >> 31) & 0x7FFFFFFF)
    return np.where(np.isnan(numbers), MISSING_KEY, ordered).astype(np.int32)


@dataclass(frozen=True, eq=False)
class MaskedTrees:
    """Trees as the compiled walk of many rows reads them.

    Attributes:
        inputs: the inputs that are asked about at all.
        node_question: per node that asks: its place in `inputs`, 1 if missing goes left, the greatest key that does.
        kids: per node that asks: where rows go, left and right; below zero, the leaf -1 - kid.
        value: per leaf, what it adds.
        head_question: the questions of the heads, tree after tree, an even number for each.
        masks: per question of a head, the exits left to rows that go right.
        starts: where the head of each tree begins, and the number of questions at the end.
        exits: for each tree and each place (see PLACES), where the rows go on: as `kids`.
    """

    inputs: Ints
    node_question: Ints
    kids: Ints
    value: NDArray[np.float64]
    head_question: Ints
    masks: NDArray[np.uint64]
    starts: Ints
    exits: Ints

    @cached_property
    def walked(self) -> tuple[NDArray[Any], ...]:
        """What the compiled walk takes."""
        return (
            self.inputs,
            *(np.ascontiguousarray(column) for column in self.node_question.T),
            self.kids,
            self.value,
            *(np.ascontiguousarray(column) for column in self.head_question.T),
            self.masks,
            self.starts,
            self.exits,
        )


def masked(trees: "Trees") -> MaskedTrees:
    """The trees with their heads cut off."""
    packed = trees.packed
    leaf = packed.child == np.arange(len(packed.child))
    asking = np.flatnonzero(~leaf)
    place = np.empty(len(leaf), dtype=np.int32)
    place[asking] = np.arange(len(asking))
    place[leaf] = -1 - np.arange(int(leaf.sum()))
    inputs, own = np.unique(packed.feature[asking], return_inverse=True)
    missing_left = packed.missing_left[asking].astype(np.int32)
    # a threshold that is infinite stays below the key of a missing value
    limit = keys_of(packed.threshold[asking]) + missing_left
    question = np.column_stack([own.astype(np.int32), missing_left, limit]).astype(np.int32)
    kids = place[np.column_stack([packed.child[asking], packed.child[asking] + 1])].astype(np.int32)
    cutter = _Cutter(question.tolist(), kids.tolist(), packed.reach(trees.cover)[asking].tolist())
    for root in place[packed.starts[:-1]].tolist():
        cutter.cut(root)
    return MaskedTrees(
        inputs.astype(np.int32),
        question,
        kids,
        packed.value[leaf],
        np.array(cutter.questions, dtype=np.int32).reshape(-1, 3),
        np.array(cutter.masks, dtype=np.uint64),
        np.array(cutter.starts, dtype=np.int32),
        np.array(cutter.exits, dtype=np.int32).ravel(),
    )


class _Cutter:
    """Cuts the heads off, tree after tree."""

    def __init__(self, question: list[list[int]], kids: list[list[int]], reach: list[float]) -> None:
        self.question, self.kids, self.reach = question, kids, reach
        self.questions: list[Question] = []
        self.masks: list[int] = []
        self.starts = [0]
        self.exits: list[list[int]] = []

    def cut(self, root: int) -> None:
        """One tree."""
        chosen = self._most_passed(root)
        leaves: list[int] = []
        found: dict[Question, int] = {}
        waiting: list[tuple[int, int]] = [
            (root, -1)
        ]  # a node, or the exits before a node whose left side is done
        while waiting:
            node, before = waiting.pop()
            if before >= 0:
                input_, missing_left, limit = self.question[node]
                own = (input_, missing_left, limit)
                left_side = (1 << len(leaves)) - (1 << before)
                found[own] = found.get(own, ALL) & ~left_side
            elif node in chosen:
                left, right = self.kids[node]
                waiting += [(right, -1), (node, len(leaves)), (left, -1)]
            else:
                leaves.append(node)
        self.questions += sorted(found)
        self.masks += [found[each] for each in sorted(found)]
        if len(found) % 2:
            self.questions.append((0, 0, int(MISSING_KEY)))
            self.masks.append(ALL)
        self.starts.append(len(self.questions))
        self.exits.append(_by_place(leaves))

    def _most_passed(self, root: int) -> set[int]:
        """The nodes of the head: again and again the one that most training rows reach."""
        chosen: set[int] = set()
        waiting = [(-self.reach[root], root)] if root >= 0 else []
        while waiting and len(chosen) < EXITS - 1:
            node = heappop(waiting)[1]
            chosen.add(node)
            for kid in self.kids[node]:
                if kid >= 0:
                    heappush(waiting, (-self.reach[kid], kid))
        return chosen


def _by_place(leaves: list[int]) -> list[int]:
    found = [0] * EXITS
    for number, node in enumerate(leaves):
        found[((PLACES << number) & ALL) >> 58] = node
    return found


@compiled()
def fill_keys(bits: Ints, first: int, count: int, inputs: Ints, keys: Ints) -> None:
    """The keys [inputs, rows] of a block of rows; `bits` are the inputs [rows, inputs], read as whole numbers."""
    for row in range(count):
        for column in range(len(inputs)):
            given = bits[first + row, inputs[column]]
            if (given & 0x7FFFFFFF) > 0x7F800000:
                keys[column, row] = MISSING_KEY
            elif given == -0x80000000:  # minus zero is zero
                keys[column, row] = 0
            else:
                keys[column, row] = given ^ ((given >> 31) & 0x7FFFFFFF)


@compiled()
def walk_masked(
    inputs: Ints,
    node_input: Ints,
    node_missing: Ints,
    node_limit: Ints,
    kids: Ints,
    value: NDArray[np.float64],
    head_input: Ints,
    head_missing: Ints,
    head_limit: Ints,
    masks: NDArray[np.uint64],
    starts: Ints,
    exits: Ints,
    base: float,
    bits: Ints,
    found: NDArray[np.float64],
) -> None:
    """The prediction of each row; `bits` are the inputs [rows, inputs], read as whole numbers."""
    rows, every = bits.shape[0], np.uint64(ALL)
    keys = np.zeros((max(len(inputs), 1), BLOCK_ROWS), dtype=np.int32)
    mask = np.empty(BLOCK_ROWS, dtype=np.uint64)
    end = np.empty(BLOCK_ROWS, dtype=np.int32)
    walking, at = np.empty(BLOCK_ROWS, dtype=np.uint32), np.empty(BLOCK_ROWS, dtype=np.int32)
    for first in range(0, rows, BLOCK_ROWS):
        count = min(BLOCK_ROWS, rows - first)
        for row in range(count):
            found[first + row] = base
        fill_keys(bits, first, count, inputs, keys)
        for tree in range(len(starts) - 1):
            for row in range(BLOCK_ROWS):
                mask[row] = every
            for one in range(starts[tree], starts[tree + 1], 2):
                other = one + 1
                ours, limit, missing, left = (
                    keys[head_input[one]],
                    head_limit[one],
                    head_missing[one],
                    masks[one],
                )
                theirs, their_limit, their_missing, their_left = (
                    keys[head_input[other]],
                    head_limit[other],
                    head_missing[other],
                    masks[other],
                )
                for row in range(BLOCK_ROWS):
                    mask[row] &= (left if np.int32(ours[row] + missing) > limit else every) & (
                        their_left if np.int32(theirs[row] + their_missing) > their_limit else every
                    )
            going = 0
            for row in range(count):
                lowest = mask[row] & (every - mask[row] + np.uint64(1))
                node = exits[tree * EXITS + np.int64((lowest * np.uint64(PLACES)) >> np.uint64(58))]
                end[row] = node
                walking[going], at[going] = row, node
                going += 1 if node >= 0 else 0
            while going > 0:
                still = 0
                for each in range(going):
                    row, node = walking[each], np.uint32(at[each])
                    key = np.int32(keys[np.uint32(node_input[node]), row] + node_missing[node])
                    kid = kids[node, np.uint32(key > node_limit[node])]
                    end[row] = kid
                    walking[still], at[still] = row, kid
                    still += 1 if kid >= 0 else 0
                going = still
            for row in range(count):
                found[first + row] += value[-1 - end[row]]
