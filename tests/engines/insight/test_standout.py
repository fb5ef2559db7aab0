"""What sets the best apart, counted by hand."""

from galena.engines.insight.standout import standouts


def test_the_parts_by_which_the_best_are_ahead_come_first() -> None:
    best = [{"lien": 8, "age": 4, "start": 5}, {"lien": 6, "age": 0, "start": 5}]
    rest = [{"lien": 0, "age": 2, "start": 5}, {"lien": 1, "age": 0, "start": 5}]
    first, second = standouts(best, rest)
    # Lien: (8 + 6) / 2 = 7 against (0 + 1) / 2 = 0.5; age: 2 against 1; the start is the same for all.
    assert (first.name, first.best_micropoints, first.rest_micropoints) == ("lien", 7.0, 0.5)
    assert (first.best_have, first.rest_have) == (1.0, 0.5)
    assert (second.name, second.ahead_micropoints) == ("age", 1.0)


def test_where_nobody_is_ahead_nothing_is_said() -> None:
    assert standouts([], [{"lien": 3}]) == ()
    assert standouts([{"lien": 3}], [{"lien": 3}]) == ()
    assert standouts([{"gone": -4}], [{"gone": -9}]) == ()  # Being held back less lifts nobody.
    assert [each.name for each in standouts([{"lien": 3}], [])] == ["lien"]
