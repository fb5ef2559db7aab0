"""`galena enrich`: what waits for a person's word, and how a word that cannot be taken is answered."""

from typing import Any


def test_a_persons_word_is_asked_for_and_checked(reading: Any) -> None:
    assert reading("enrich", "--sanctions", "-w", "demo", "--json").json["hits"] == []
    assert "Nothing is unsure" in reading("enrich", "--unsure", "-w", "permits").err
    mistakes = {
        ("--choose", "2"): "Name the lead",
        ("P-1", "--choose", "two"): "a number of the list, or none",
        ("--on-list", "yes"): "Name the lead",
        ("P-1", "--choose", "none"): "There is nothing to choose",
        ("P-1", "--on-list", "no"): "No name of the sanctions list comes near",
    }
    for words, said in mistakes.items():
        told = reading("enrich", *words, "-w", "permits")
        assert (told.status != 0, said in told.err) == (True, True), (words, told.err)
