"""What is printed for a person: text out of files commands no terminal."""

import pytest

from galena.surfaces.cli.output import harmless, say, show


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("name\x1b[2J\x1b]0;title\x07", "name[2J]0;title"),
        ("\x9b2Jname\x08\x00", "2Jname"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31m\x1b[1mError: \x1b[0mé 日本", "\x1b[31m\x1b[1mError: \x1b[0mé 日本"),
    ],
    ids=["sequences", "single characters", "lines", "colours"],
)
def test_what_would_command_the_terminal_is_taken_out(text, shown):
    assert harmless(text) == shown


def test_results_and_words_are_both_made_harmless(capsys):
    show("a\x07b")
    say("c\x07d")
    told = capsys.readouterr()
    assert (told.out, told.err) == ("ab\n", "cd\n")
