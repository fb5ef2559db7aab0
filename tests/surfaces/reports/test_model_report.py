"""The page of a model report: self-contained, escaped, the same twice, readable without pictures."""

import re
import sys
from functools import lru_cache
from html.parser import HTMLParser
from subprocess import run
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from galena.engines.learning.dataset import dataset_of
from galena.engines.learning.report import Report, report_of
from galena.surfaces.reports import write_model_report

HOSTILE = '<script>alert("x")</script>$\\frac{1}{0}$ & {{ 7*7 }}'


@lru_cache
def _report(usable: bool = True, name: str = "source") -> Report:
    rng = np.random.default_rng(0)
    source = rng.integers(0, 3, 300)
    won = rng.random(300) < np.array([0.1, 0.3, 0.7])[source]
    names = np.array(["web", "fair", name if name != "source" else "friend"])[source]
    frame = pl.DataFrame({name: names, "same": ["x"] * 300, "won": np.where(won, "yes", "no")})
    dataset = dataset_of(frame, target="won")
    probability = np.array([0.1, 0.3, 0.7])[source]

    def explain(frame: pl.DataFrame) -> Any:
        return SimpleNamespace(points=np.linspace(-9, 20, frame.height)[:, None])

    model = SimpleNamespace(
        members=(SimpleNamespace(name="trees", kind="boosting"),),
        weights=np.ones(1),
        columns=(name,),
        importance=np.ones(1),
        usable_signal=usable,
        explain=explain,
    )
    out_of_fold = SimpleNamespace(
        probability=probability,
        members=probability[:, None],
        target=dataset.target,
        rows=np.arange(300),
        fold=np.arange(300) % 5,
    )
    trained = SimpleNamespace(model=model, out_of_fold=out_of_fold, timings={"fit": 1.0})
    leak = SimpleNamespace(column=name, reason=f"“{name}” is filled in late", auc=0.9, kind="named")
    return report_of(trained, dataset, [leak], split="Judged.", in_time=False, seed=0, draws=20, notes=[name])


@lru_cache
def _page(usable: bool = True, name: str = "source") -> str:
    return write_model_report(_report(usable, name))


class _Tags(HTMLParser):
    """Open tags must close in order; ids must be unique."""

    VOID = frozenset({"meta", "path", "use", "rect", "link", "br", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _parsed(page: str) -> _Tags:
    parser = _Tags()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids))
    return parser


def test_the_first_page_says_what_a_manager_asks() -> None:
    page = _page()
    text = " ".join(" ".join(_parsed(page).text).split())
    headline = _report().headline
    assert re.search(r"The best 20 % of the leads hold \d+ % of the wins", text)
    assert headline.sentences[1] in text
    assert headline.sentences[2] in text
    assert (
        text.index("Can it be trusted?") < text.index("What drives the score") < text.index("For specialists")
    )


@pytest.mark.parametrize(
    "section",
    ["Gains", "Lift", "Calibration", "Scores by outcome", "ROC curve", "Precision and recall",
     "Members of the ensemble", "At a threshold", "By segment", "Columns not used", "Method", "Columns to check"],
)  # fmt: skip
def test_every_section_is_there(section: str) -> None:
    assert section in " ".join(_parsed(_page()).text)


def test_it_is_self_contained_and_shows_nothing_of_the_machine() -> None:
    page = _page()
    assert "script" not in _parsed(page).tags
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert not re.search(r"url\((?!#)", page)
    assert "@import" not in page
    assert "<metadata" not in page
    assert "DejaVu" not in page
    outside = re.sub(r'xmlns(:xlink)?="[^"]+"', "", page)
    assert "http" not in outside


def test_the_same_report_gives_the_same_page() -> None:
    assert write_model_report(_report()) == _page()


def test_drawings_use_the_colours_of_the_page() -> None:
    drawings = "".join(re.findall(r"<svg.*?</svg>", _page(), flags=re.DOTALL))
    assert drawings.count("<svg") == 6
    assert "var(--accent)" in drawings
    assert not re.search(r"#[0-9a-f]{6}\b", drawings)


def test_names_from_the_data_are_escaped() -> None:
    page = _page(name=HOSTILE)
    assert "script" not in _parsed(page).tags
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7*7 }}" in page


def test_without_signal_it_says_so_first() -> None:
    page = _page(usable=False)
    text = " ".join(" ".join(_parsed(page).text).split())
    assert "No usable signal: this model should not order your leads" in text
    assert "about that is the score of every lead" in text
    assert "Your leads, best first" not in text


def test_pictures_have_words_and_tables_have_captions() -> None:
    page = _page()
    assert page.count('role="img" aria-label="') == page.count("<svg")
    assert 'lang="en"' in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_drawing_is_imported_only_when_a_page_is_written() -> None:
    code = "import sys, galena.surfaces.reports; sys.exit('matplotlib' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0
