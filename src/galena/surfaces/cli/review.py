"""`galena review`: pairs that may be one lead, and a person's answers."""

from pathlib import Path
from uuid import UUID

import click

from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show

_ANSWERS = {"same": "same", "different": "different", "not-sure": "not_sure"}


@click.group("review")
@place_options
@click.pass_context
def command(
    ctx: click.Context, workspace: str | None, playbook: str | None, home: Path | None, as_json: bool
) -> None:
    """See the pairs of leads that may be one, and say whether they are."""
    ctx.obj = place_of(ctx, workspace=workspace, playbook=playbook, home=home, as_json=as_json)


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 1_000), default=10, show_default=True, help="How many.")
@place_options
@click.pass_context
def list_(
    ctx: click.Context,
    limit: int,
    workspace: str | None,
    playbook: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """List open pairs, the one whose answer is worth most first."""
    from galena.stores import match_reviews
    from galena.surfaces.cli.resolve_output import question_as_dict, question_words
    from galena.surfaces.cli.work import working
    from galena.workflows.match_review import questions

    place = place_of(ctx, workspace=workspace, playbook=playbook, home=home, as_json=as_json)
    with (
        working("galena review", place.home, place.workspace, place.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = questions(session, work.context.playbook, limit=limit)
        counts = match_reviews.count_by_state(session)
    if place.as_json:
        emit_json({"counts": counts, "pairs": [question_as_dict(each) for each in found]})
        return
    for question in found:
        for line in question_words(question):
            show(line)
    more = counts.get("open", 0) - len(found)
    if not found:
        say("Nothing waits for an answer.")
    elif more > 0:
        say(f"{more:,} more wait.")


@command.command("decide")
@click.argument("pair", type=click.UUID)
@click.argument("answer", type=click.Choice(list(_ANSWERS)))
@place_options
@click.pass_context
def decide(
    ctx: click.Context,
    pair: UUID,
    answer: str,
    workspace: str | None,
    playbook: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Say whether a PAIR (its id, as `galena review list` shows it) is the same lead."""
    from galena.surfaces.cli.work import working
    from galena.workflows.match_review import answer as answer_pair

    place = place_of(ctx, workspace=workspace, playbook=playbook, home=home, as_json=as_json)
    with working("galena review", place.home, place.workspace, place.playbook) as work:
        settled = answer_pair(work.context, pair, _ANSWERS[answer])  # type: ignore[arg-type]
        said = {
            "same": "They are one lead now." if settled.merged else "They are one lead already.",
            "different": "They stay apart, whatever else may join them.",
            "not-sure": "Noted; nobody is asked about them again for now.",
        }
        say(said[answer])
        touched = work.score_touched()
    if place.as_json:
        counts = {"merged": len(settled.merged), "parted": len(settled.parted)}
        emit_json({"answer": answer, **counts, **touched.as_dict()})
