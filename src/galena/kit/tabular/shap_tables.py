"""Shapley values read off a table, for trees that put few different questions (symmetric trees above all).

What a tree contributes depends on nothing but the answers to its questions: with up to six of them there are up to
64 patterns of answers. Each pattern is explained once, by the walk that explains rows, and kept.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.compiled import compiled
from galena.kit.tabular.tree_masks import BLOCK_ROWS, fill_keys
from galena.kit.tabular.trees import Trees

MOST_QUESTIONS = 6

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Explain = Callable[[int, Ints, NDArray[np.float32], Ints, Floats], None]
"""(tree, the question of each asking node, answers [patterns, questions], the place of each player, found): adds
the Shapley values of the tree for each pattern of answers to `found` [patterns, places]."""


class TabledTrees:
    """The trees that put few different questions, and what each pattern of answers contributes.

    Attributes:
        chosen: which trees these are.
        inputs: the inputs that the trees of the ensemble ask about.
        question: per question of the chosen trees: its place in `inputs`, 1 if missing goes left, the greatest key
            that does.
        question_starts: where the questions of each chosen tree begin, and their number at the end.
        players, player_starts: likewise, which players its questions belong to.
        table, table_starts: likewise, per pattern of answers and player, the Shapley value.
    """

    def __init__(self, trees: Trees, player: Ints, explain: Explain) -> None:
        """`player` is the player of each node of the packed trees."""
        packed, masked = trees.packed, trees.masked
        asking = np.flatnonzero(packed.child != np.arange(len(packed.child)))
        cuts = np.searchsorted(asking, packed.starts)
        self.inputs = masked.inputs
        self.chosen: list[int] = []
        questions, players, tables = [], [], []
        of_node = np.zeros((2, len(packed.child)), dtype=np.int32)
        for tree, (first, last) in enumerate(pairwise(cuts)):
            if not 0 < last - first < 1 << MOST_QUESTIONS:
                continue
            different, own = np.unique(masked.node_question[first:last], axis=0, return_inverse=True)
            if len(different) > MOST_QUESTIONS:
                continue
            nodes = asking[first:last]
            asked, places = np.unique(player[nodes], return_inverse=True)
            found = np.zeros((1 << len(different), len(asked)))
            of_node[0, nodes], of_node[1, nodes] = own.ravel(), places.ravel()
            explain(tree, of_node[0], _patterns(len(different)), of_node[1], found)
            self.chosen.append(tree)
            questions.append(different)
            players.append(asked)
            tables.append(found.ravel())
        self.question = np.concatenate([np.zeros((0, 3)), *questions]).astype(np.int32)
        self.players = np.concatenate([np.zeros(0), *players]).astype(np.int32)
        self.table = np.concatenate([np.zeros(0), *tables])
        self.question_starts = _starts(questions)
        self.player_starts = _starts(players)
        self.table_starts = _starts(tables)
        self._columns = [np.ascontiguousarray(column) for column in self.question.T]

    def add(self, x: NDArray[np.float32], found: Floats) -> None:
        """Add the players' Shapley values of rows `x` [rows, inputs] to `found` [rows, players]."""
        if not self.chosen:
            return
        _add(
            self.inputs,
            *self._columns,
            self.question_starts,
            self.players,
            self.player_starts,
            self.table,
            self.table_starts,
            x.view(np.int32),
            found,
        )


def _patterns(questions: int) -> NDArray[np.float32]:
    """All patterns of answers [patterns, questions]: 1 for right, the first question's answer in the lowest bit."""
    numbers = np.arange(1 << questions)[:, None]
    return ((numbers >> np.arange(questions)) & 1).astype(np.float32)


def _starts(parts: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(part) for part in parts)])


@compiled()
def _add(
    inputs: Ints,
    question_input: Ints,
    question_missing: Ints,
    question_limit: Ints,
    question_starts: NDArray[np.int64],
    players: Ints,
    player_starts: NDArray[np.int64],
    table: Floats,
    table_starts: NDArray[np.int64],
    bits: Ints,
    found: Floats,
) -> None:
    rows = bits.shape[0]
    keys = np.zeros((max(len(inputs), 1), min(rows, BLOCK_ROWS)), dtype=np.int32)
    pattern = np.empty(min(rows, BLOCK_ROWS), dtype=np.int32)
    for first in range(0, rows, BLOCK_ROWS):
        count = min(BLOCK_ROWS, rows - first)
        fill_keys(bits, first, count, inputs, keys)
        for tree in range(len(table_starts) - 1):
            for row in range(count):
                pattern[row] = 0
            for question in range(question_starts[tree], question_starts[tree + 1]):
                bit = np.int32(1 << (question - question_starts[tree]))
                key, missing = keys[question_input[question]], question_missing[question]
                limit = question_limit[question]
                for row in range(count):
                    pattern[row] |= bit if np.int32(key[row] + missing) > limit else np.int32(0)
            begin = player_starts[tree]
            width = player_starts[tree + 1] - begin
            for row in range(count):
                at = table_starts[tree] + pattern[row] * width
                for place in range(width):
                    found[first + row, players[begin + place]] += table[at + place]
