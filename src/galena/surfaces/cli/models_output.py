"""How the commands of the registry show models, in words and as JSON."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from galena.domain.registered_model import RegisteredModel
from galena.surfaces.cli.output import emit_json, say, table

if TYPE_CHECKING:
    from galena.workflows.model_comparison import Comparison, Line
    from galena.workflows.model_promotion import Promotion

METRICS_IN_LISTS = ("auc", "average_precision", "log_loss")
"""Shown beside each model where it has them."""

_HASH_CHARS = 12
_VALUE_CHARS = 60


def model_record(model: RegisteredModel) -> dict[str, Any]:
    """A model as JSON, all of it."""
    return {"model": model.name, **asdict(model)}


def models_table(models: tuple[RegisteredModel, ...]) -> str:
    """A line per model."""
    metrics = [name for name in METRICS_IN_LISTS if any(name in model.metrics for model in models)]
    rows = [
        (
            model.name,
            model.status,
            model.type,
            model.row_count,
            f"{model.data_to:%Y-%m-%d}" if model.data_to else "",
            *(shown(model.metrics.get(name)) for name in metrics),
            f"{model.created_at:%Y-%m-%d %H:%M}",
            model.why[:_VALUE_CHARS],
        )
        for model in models
    ]
    heads = ("model", "status", "kind", "rows", "data to", *metrics, "registered (UTC)", "why")
    return table(rows, heads)


def say_promotion(done: "Promotion", verb: str, *, workspace: str, as_json: bool) -> None:
    """Who scores now."""
    if as_json:
        former = model_record(done.former) if done.former else None
        emit_json({"workspace": workspace, "champion": model_record(done.champion), "former": former})
        return
    say(f"{verb} {done.champion.name} is the champion of {done.champion.purpose} now.")
    if done.former:
        say(f"{done.former.name} was before; it is {done.former.status}.")


def say_comparison(found: "Comparison") -> None:
    """Two models side by side; of the cards only where they differ."""
    names = (found.first.name, found.second.name)
    if found.metrics:
        rows = [
            (each.name, shown(each.first), shown(each.second), _difference(each)) for each in found.metrics
        ]
        click.echo(table(rows, ("metric", *names, "difference")))
        if not found.same_data:
            say("They were not trained on the same data: their figures come from different leads.")
        click.echo()
    lines = [*found.facts, *(each for each in found.card if not each.is_same)]
    click.echo(table([(each.name, shown(each.first), shown(each.second)) for each in lines], ("", *names)))


def shown(value: Any) -> str:
    """A value short enough for a table."""
    if isinstance(value, dict):  # An estimate with its interval.
        value = value.get("value")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if len(text) == 64 and set(text) <= set("0123456789abcdef"):
        return text[:_HASH_CHARS]
    return text if len(text) <= _VALUE_CHARS else f"{text[: _VALUE_CHARS - 3]}..."


def _difference(line: "Line") -> str:
    return "" if line.difference is None else f"{line.difference:+.4g}"
