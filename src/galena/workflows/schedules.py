"""When a connection is pulled: cron expressions, in UTC, and words for the usual ones."""

from datetime import UTC, datetime

from galena.kit.errors import InputError

WORDS = {"hourly": "7 * * * *", "daily": "10 5 * * *", "weekly": "10 5 * * 1", "monthly": "10 5 1 * *"}
"""What can be said in place of an expression; minutes off the full hour, when everybody else calls."""


def read_schedule(text: str) -> str:
    """The cron expression of five parts that a text means.

    Raises:
        InputError: it means none.
    """
    from croniter import croniter

    expression = WORDS.get(text.strip().casefold(), " ".join(text.split()))
    if len(expression.split()) != 5 or not croniter.is_valid(expression):
        raise InputError(
            "This is not a schedule.",
            facts={"given": text},
            remedy=f"Say {', '.join(WORDS)}, or a cron expression such as '30 6 * * 1-5' (6:30 UTC on working days).",
        )
    return expression


def next_due(expression: str, after: datetime) -> datetime:
    """The next instant of a schedule after another one."""
    from croniter import croniter

    found: datetime = croniter(expression, after.astimezone(UTC)).get_next(datetime)
    return found


def schedule_words(expression: str | None) -> str:
    """daily, or the expression itself."""
    if expression is None:
        return "by hand"
    return next((word for word, meant in WORDS.items() if meant == expression), expression)
