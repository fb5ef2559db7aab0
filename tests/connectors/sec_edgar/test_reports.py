"""What is read in reports: going concern, who left and came, items, tables of pay."""

import pytest

from galena.connectors.sec_edgar.compensation import read_pay
from galena.connectors.sec_edgar.departures import read_moves
from galena.connectors.sec_edgar.going_concern import going_concern, stance_of
from galena.connectors.sec_edgar.report_items import item_lines, item_numbers, main_item
from galena.connectors.sec_edgar.texts import plain_lines, sentences

ABOUT = "substantial doubt about its ability to continue as a going concern"


@pytest.mark.parametrize(
    ("sentence", "stance"),
    [
        (f"These conditions raise {ABOUT}.", "warning"),
        (f"Our auditor has expressed {ABOUT}.", "warning"),
        (f"There is {ABOUT}.", "warning"),
        (f"We may not be able to obtain financing, and there is {ABOUT}.", "warning"),
        (f"The Company has not generated revenue, and its losses raise {ABOUT}.", "warning"),
        (f"If we find no capital, we may cease to operate; these matters raise {ABOUT}.", "warning"),
        ("Losses raise substantial doubt as to whether it can continue as a going concern.", "warning"),
        (f"Management concluded there is no {ABOUT}.", "denied"),
        (f"Management did not identify any conditions and events that raise {ABOUT}.", "denied"),
        (f"Management's plans alleviate the {ABOUT}.", "denied"),
        (f"The {ABOUT} has been alleviated.", "denied"),
        (f"We do not believe that there is {ABOUT}.", "denied"),
        (f"We evaluate whether conditions raise {ABOUT}.", "asked"),
        (f"If we fail to raise capital, there could be {ABOUT}.", "asked"),
        (f"If sales fall, it would raise {ABOUT}.", "asked"),
    ],
)
def test_doubt_is_told_from_its_denial(sentence: str, stance: str) -> None:
    assert stance_of(sentence) == stance


def test_going_concern_names_its_sentence() -> None:
    told = going_concern(
        ["Note 1.", f"We assess whether there is {ABOUT}. Our losses raise {ABOUT}. Sales grew."]
    )
    assert told.warned is True
    assert told.sentence == f"Our losses raise {ABOUT}."
    taken_back = going_concern([f"Losses raise {ABOUT}. Our new loan alleviates this doubt."])
    assert taken_back.warned is False
    assert "new loan" in taken_back.sentence
    assert going_concern(["We doubt the weather."]).warned is None
    assert going_concern(["There is substantial doubt about the weather."]).warned is None


def test_a_sentence_without_end_is_read_whole_and_shown_in_part() -> None:
    told = going_concern(["figures " * 500 + f"and losses which raise {ABOUT} " + "figures " * 500])
    assert told.warned is True
    assert ABOUT in told.sentence
    assert len(told.sentence) < 900


@pytest.mark.parametrize(
    ("text", "left", "came"),
    [
        ("Jane Roe notified the Company of her intention to retire as Chief Operating Officer.",
         ["Chief Operating Officer"], []),
        ("John Doe, the Company's Chief Executive Officer, resigned on June 1.", ["Chief Executive Officer"], []),
        ("The Board appointed Sam Poe, who previously served as Treasurer of Example Corp., as President.",
         [], ["President"]),
        ("Mr. Doe has agreed not to terminate his employment as Treasurer.", [], []),
        ("If Mr. Poe’s employment is terminated, he receives severance as Chief Revenue Officer.", [], []),
        ("Her resignation as General Counsel was not the result of any disagreement.", ["General Counsel"], []),
        ("Pat Sample resigned as Treasurer; Alex Sample was named Controller.", ["Treasurer"], ["Controller"]),
        ("The Committee approved new base salaries for 2026.", [], []),
    ],
)  # fmt: skip
def test_who_left_and_came(text: str, left: list[str], came: list[str]) -> None:
    moves = read_moves([text])
    assert [each.office for each in moves.left if each.is_executive] == left
    assert [each.office for each in moves.came if each.is_executive] == came


def test_a_seat_on_the_board_is_no_executive() -> None:
    moves = read_moves(["Ms. Roe informed the Board that she will not stand for re-election as a director."])
    assert [(each.office, each.is_executive) for each in moves.left] == [("Director", False)]
    assert moves.came == ()


def test_the_items_own_title_says_nothing() -> None:
    title = (
        "Item 5.02 Departure of Directors or Certain Officers; Election of Directors; Appointment of Certain"
        " Officers; Compensatory Arrangements of Certain Officers."
    )
    assert read_moves([title]) == read_moves([])


def test_items_and_their_text() -> None:
    assert item_numbers("5.02,9.01,5.02") == ("5.02", "9.01")
    assert item_numbers("5,7") == ()
    assert main_item(("9.01", "5.02", "1.03")) == "1.03"
    page = (
        "<p>Item 2.02 Results</p><p>We earned.</p><p>Item</p><p>9.01 Exhibits</p><p>SIGNATURES</p><p>Pat</p>"
    )
    assert item_lines(plain_lines(page)) == {
        "2.02": ["Item 2.02 Results", "We earned.", "Item"],
        "9.01": ["9.01 Exhibits"],
    }


def test_pages_become_lines_and_sentences() -> None:
    page = (
        '<html><body><div style="display: none">hidden</div><ix:header>0001</ix:header><p>FORM\n<b>8-K</b></p>'
        "<p>Sample Inc. met. It&nbsp;was in the U.S. Senate.</p></body></html>"
    )
    assert plain_lines(page) == ["FORM 8-K", "Sample Inc. met. It was in the U.S. Senate."]
    assert list(sentences(plain_lines(page))) == [
        "FORM 8-K",
        "Sample Inc. met.",
        "It was in the U.S. Senate.",
    ]
    deep = "<div>" * 5_000 + "bottom" + "</div>" * 5_000
    assert "bottom" in plain_lines(deep)


HEAD = "<tr><td>Name and Principal Position</td><td>Year</td><td>Salary</td><td>Bonus</td><td>Total</td></tr>"


def _table(rows: str) -> bytes:
    return f"<table><tr><td>Other</td></tr></table><table>{HEAD}{rows}</table>".encode()


def test_pay_is_read_where_it_adds_up() -> None:
    pay = read_pay(
        _table(
            "<tr><td>Pat Sample<br>Chief Executive Officer</td><td>2025</td><td>$</td><td>100,000</td><td>50,000</td>"
            "<td>150,000</td></tr><tr><td></td><td>2024(1)</td><td>100,000</td><td>—</td><td>100,000</td></tr>"
            "<tr><td>Alex Sample</td><td>2025</td><td>80,000</td><td>20,000</td><td>100,000</td></tr>"
            "<tr><td>President</td></tr>"
            "<tr><td></td><td>2024</td><td>80,000</td><td>20,000</td><td>999,999</td></tr>"
        )
    )
    assert [(each.office, each.totals) for each in pay.officers] == [
        ("Chief Executive Officer", {2025: 150_000.0, 2024: 100_000.0}),
        ("President", {2025: 100_000.0}),
    ]
    # Only the first has both years: 150 against 100.
    assert pay.change_percent == 50.0
    assert pay.unreadable == ("President, 2024: the parts do not add up to the total",)


def test_pay_without_a_table_is_said() -> None:
    assert read_pay(b"<p>We pay well.</p>").unreadable == ("no summary compensation table was found",)
    assert read_pay(b"").change_percent is None


def test_an_officer_with_one_earlier_year_is_another_officer() -> None:
    pay = read_pay(
        _table(
            "<tr><td>Pat Sample, President</td><td>2025</td><td>90</td><td>10</td><td>100</td></tr>"
            "<tr><td>Robert Sample, Former Treasurer</td><td>2024</td><td>40</td><td>10</td><td>50</td></tr>"
            "<tr><td>Mary Sample, Secretary</td><td>2025</td><td>60</td><td>-</td><td>60</td></tr>"
            "<tr><td>Mary Sample, Secretary</td><td>2024</td><td>60</td><td>-</td><td>60</td></tr>"
        )
    )
    assert [(each.office, each.totals) for each in pay.officers] == [
        ("President", {2025: 100.0}),
        ("Former Treasurer", {2024: 50.0}),
        ("Secretary", {2025: 60.0, 2024: 60.0}),
    ]
    assert pay.change_percent == 0.0
