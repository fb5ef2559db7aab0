"""Geography: which points lie within miles of a centre, and which in a drawn area."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from galena.domain.gates import AreaGate, Circle, Polygon, RadiusGate, Ring

EARTH_MILES = 3958.7613
"""Mean radius of the Earth in miles."""

_MARGIN = 1e-6
"""Degrees by which the box around a circle is too large, against rounding."""

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]


def inside(gate: RadiusGate | AreaGate, longitude: Numbers, latitude: Numbers) -> Mask:
    """Which points pass a gate over places; a point that is not a number does not."""
    if isinstance(gate, RadiusGate):
        return in_circles(longitude, latitude, gate.circles)
    return in_polygons(longitude, latitude, gate.polygons)


def miles_between(longitude: Numbers, latitude: Numbers, circle: Circle) -> Numbers:
    """Miles along the ground from each point to the centre of a circle (haversine; the Earth as a sphere)."""
    north, centre_north = np.radians(latitude), np.radians(circle.latitude)
    east = np.radians(longitude - circle.longitude)
    half = (
        np.sin((north - centre_north) / 2) ** 2 + np.cos(north) * np.cos(centre_north) * np.sin(east / 2) ** 2
    )
    return np.asarray(2 * EARTH_MILES * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def in_circles(longitude: Numbers, latitude: Numbers, circles: Iterable[Circle]) -> Mask:
    """Which points lie in at least one circle, its rim included."""
    found = np.zeros(len(longitude), dtype=bool)
    for circle in circles:
        near = _near(longitude, latitude, circle)
        found[near] |= miles_between(longitude[near], latitude[near], circle) <= circle.miles
    return found


def _near(longitude: Numbers, latitude: Numbers, circle: Circle) -> NDArray[np.intp]:
    """The points in a box around a circle, a little too many, so that few need sines."""
    reach = circle.miles / EARTH_MILES
    low, high = circle.latitude - np.degrees(reach) - _MARGIN, circle.latitude + np.degrees(reach) + _MARGIN
    near: NDArray[np.intp] = np.flatnonzero((latitude >= low) & (latitude <= high))
    if low <= -90 or high >= 90 or reach >= np.pi / 2:
        return near
    width = np.degrees(np.arcsin(min(1.0, np.sin(reach) / np.cos(np.radians(circle.latitude))))) + _MARGIN
    apart = np.abs(longitude[near] - circle.longitude)
    return np.asarray(near[(apart <= width) | (apart >= 360 - width)])


def in_polygons(longitude: Numbers, latitude: Numbers, polygons: Iterable[Polygon]) -> Mask:
    """Which points lie in at least one drawn area, its borders and those of its holes included."""
    found = np.zeros(len(longitude), dtype=bool)
    for polygon in polygons:
        corners = np.asarray(polygon.outer)
        (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
        near = np.flatnonzero(
            (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
        )
        within, border = _in_ring(longitude[near], latitude[near], polygon.outer)
        here = within | border
        for hole in polygon.holes:
            in_hole, on_rim = _in_ring(longitude[near], latitude[near], hole)
            here &= ~in_hole | on_rim
        found[near] |= here
    return found


def _in_ring(x: Numbers, y: Numbers, ring: Ring) -> tuple[Mask, Mask]:
    """Which points lie inside a ring, and which on its border.

    A ray from each point to the east crosses the border an odd number of times exactly when the point is inside; an
    edge counts from its lower end up to, and without, its upper end, so that a corner counts once.
    """
    odd, border = np.zeros(len(x), dtype=bool), np.zeros(len(x), dtype=bool)
    for (x1, y1), (x2, y2) in pairwise(ring):
        side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
        between = (np.minimum(x1, x2) <= x) & (x <= np.maximum(x1, x2))
        between &= (np.minimum(y1, y2) <= y) & (y <= np.maximum(y1, y2))
        border |= between & (side == 0)
        crosses = (y1 > y) != (y2 > y)
        odd ^= crosses & ((side < 0) if y1 > y2 else (side > 0))
    return odd, border
