"""What is said of a model's worth: the figures of its table, in the words of its outcome, as sure as they are."""

import numpy as np
import pytest

from galena.engines.learning.curves import gains_of
from galena.engines.learning.headline import headline_of
from galena.engines.learning.metrics import Estimate, metrics_of
from galena.engines.learning.ranks import Floats
from galena.engines.learning.signal_test import SignalTest, signal_in
from galena.engines.learning.verdict import are_few, caveats_of, in_words, verdict_of

NOTHING = Estimate(value=None)


def _leads(rows: int, strength: float, seed: int = 0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=rows)
    target = (rng.random(rows) < 1 / (1 + np.exp(1 - strength * z))).astype(np.float64)
    return target, 1 / (1 + np.exp(1 - strength * z))


def _verdict(rows: int, strength: float) -> str:
    target, probability = _leads(rows, strength)
    auc = metrics_of(target, probability, draws=0).figures["auc"]
    return verdict_of(signal_in(target, probability), target, "“Won”", auc)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1", "“Converted = 1”"),
        ("Yes", "“Converted = Yes”"),
        ("Closed Won", "“Closed Won”"),
        ("sold", "“sold”"),
    ],
)
def test_the_outcome_in_the_persons_words(value: str, words: str) -> None:
    assert in_words("Converted", value) == words


def test_how_sure_depends_on_how_many() -> None:
    assert _verdict(2000, 2).startswith("Usable: in 2,000 past leads (")
    assert "of them “Won”), none of which it had seen, the model puts the better lead first in" in _verdict(
        2000, 2
    )
    assert _verdict(80, 3).startswith("Probably usable: in 80 past leads")
    assert "which chance alone can explain" in _verdict(2000, 0.0)


@pytest.mark.parametrize(
    ("leads", "wins", "few"),
    [(99, 50, True), (100, 50, False), (5000, 29, True), (5000, 4980, True), (60, 30, True)],
)
def test_few(leads: int, wins: int, few: bool) -> None:
    assert are_few(leads, wins) is few


def test_all_sentences_speak_of_one_figure_or_say_why_not() -> None:
    target = np.tile([0.0, 1.0], 100)

    def said(pooled: float, within: float, usable: bool = True, p_value: float = 0.0) -> str:
        signal = SignalTest(
            usable=usable, reason="", auc=Estimate(value=within, low=within - 0.02, high=within + 0.02),
            p_value=p_value, log_loss_gain=NOTHING,
        )  # fmt: skip
        return verdict_of(signal, target, "“Won”", Estimate(value=pooled))

    assert "first in 89 of 100 pairs (50 is a coin)." in said(0.894, 0.897)
    assert "77 of 100 pairs (50 is a coin); in 70 of 100 where both were judged in the same part." in said(
        0.77, 0.7
    )
    assert "first in 51 of 100 pairs of leads judged in the same part (58 over all parts" in said(
        0.58, 0.51, usable=False, p_value=0.3
    )
    assert "41 of 100 pairs, worse than a coin (50)" in said(0.41, 0.41, usable=False, p_value=1.0)
    assert "too few to be sure of a difference a team would notice" in said(
        0.545, 0.54, usable=False, p_value=0.01
    )


def test_a_reason_this_knows_nothing_of_is_passed_on() -> None:
    target = np.tile([0.0, 1.0], 100)
    signal = SignalTest(
        usable=False, reason="Only the calendar.", auc=Estimate(value=0.6), p_value=0.0, log_loss_gain=NOTHING,
        calendar_only="since",
    )  # fmt: skip
    assert verdict_of(signal, target, "“Won”", Estimate(value=0.6)) == "Only the calendar."
    none = SignalTest(usable=False, reason="", auc=NOTHING, p_value=None, log_loss_gain=NOTHING)
    assert "ended in the same way" in verdict_of(none, target, "“Won”", NOTHING)


def test_leads_that_cannot_be_told_apart_where_a_tier_ends_are_counted() -> None:
    target = np.tile([0.0, 1.0], 100)
    coarse = np.repeat([0.6, 0.3, 0.1], [10, 90, 100])
    assert caveats_of(target, coarse, "“Won”", (0.2, 0.5)) == (
        "90 of the 200 past leads share the score 30.0 at the end of tier A: the model cannot tell them apart, and"
        " which of them are in it is a matter of order.",
    )
    fine = np.linspace(0, 1, 200)
    assert caveats_of(target, fine, "“Won”", (0.2, 0.5)) == ()
    (few,) = caveats_of(target[:40], fine[:40], "“Won”", (0.2, 0.5))
    assert few.startswith("Few leads: 40 could be judged, 20 of them “Won”.")


def test_few_leads_speak_in_ranges() -> None:
    target, probability = _leads(60, 3)
    figures = metrics_of(target, probability, draws=100).figures

    def headline(few: bool) -> tuple[str, ...]:
        gains = gains_of(target, probability)
        return headline_of(True, "", gains, figures, float(target.mean()), leads=60, few=few).sentences

    assert headline(True)[0].startswith("The best 20 % of the leads hold roughly ")
    assert headline(True)[0].endswith(" among the 60 leads judged.")
    assert headline(True)[1].startswith("A leads win roughly ")
    assert "(likely between" in headline(False)[0]
    assert "times as often as C leads (likely between" in headline(False)[1]
    assert "(likely between" in headline(False)[2]
