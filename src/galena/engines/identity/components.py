"""Groups of what merges connect, and the way between two members of a group."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeVar

Node = TypeVar("Node", bound=Any)


def components(nodes: Iterable[Node], merges: Iterable[tuple[Node, Node]]) -> dict[Node, Node]:
    """Node -> the least node of its group."""
    parent: dict[Node, Node] = {node: node for node in nodes}

    def root(node: Node) -> Node:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other in merges:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    return {node: root(node) for node in parent}


def path_between(
    merges: Sequence[tuple[Node, Node]], one: Hashable, other: Hashable
) -> frozenset[frozenset[Hashable]]:
    """The merges on the way from one node to another, each as the set of its two nodes; empty where there is none."""
    neighbours: dict[Hashable, list[Hashable]] = {}
    for first, second in merges:
        neighbours.setdefault(first, []).append(second)
        neighbours.setdefault(second, []).append(first)
    came_from: dict[Hashable, Hashable] = {one: one}
    waiting = [one]
    while waiting:
        node = waiting.pop()
        for neighbour in neighbours.get(node, ()):
            if neighbour not in came_from:
                came_from[neighbour] = node
                waiting.append(neighbour)
    if other not in came_from:
        return frozenset()
    steps = []
    while other != one:
        steps.append(frozenset((other, came_from[other])))
        other = came_from[other]
    return frozenset(steps)
