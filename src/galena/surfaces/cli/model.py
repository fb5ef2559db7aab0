"""`galena model`: train on a table of past leads, score a new one, explain, report; and the registry of models."""

import importlib
import importlib.util

import click

COMMANDS = {
    "train": ("model_train", "train_command"),
    "score": ("model_score", "score_command"),
    "explain": ("model_explain", "explain_command"),
    "report": ("model_train", "report_command"),
}
"""Command name -> (module, what it is called there): none needs a server or a database."""

REGISTRY = "galena.surfaces.cli.models_registry"


class ModelGroup(click.Group):
    """The commands on files, which load only what they need, and those of the registry behind them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module, name = COMMANDS[cmd_name]
            found: click.Command = getattr(importlib.import_module(f"galena.surfaces.cli.{module}"), name)
            return found
        return super().get_command(ctx, cmd_name)


@click.group("model", cls=ModelGroup)
def command() -> None:
    """Train a model on past leads, score new ones with it, and say why.

    \b
    The shortest way:
      galena model train --csv past.csv --target COLUMN --out DIR
      galena model score --csv new.csv --model DIR --out scored.csv
    """


if importlib.util.find_spec(REGISTRY) is not None:
    for each in importlib.import_module(REGISTRY).commands:
        command.add_command(each)
