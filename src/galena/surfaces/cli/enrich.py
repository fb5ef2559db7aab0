"""`galena enrich`: look up what leads lack, and see how far that went."""

from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, progress, say, show

if TYPE_CHECKING:
    from galena.domain.enrichment import Finding, LeadState
    from galena.surfaces.cli.work import Work
    from galena.workflows.enrich import EnrichReport


@click.command("enrich")
@click.argument("lead", required=False)
@click.option("--all", "every", is_flag=True, help="Every lead that is not discarded; a run cut off goes on.")
@click.option("--limit", type=click.IntRange(min=1), help="The first so many leads.")
@click.option(
    "--validate", metavar="TYPE=VALUE", help="Look at one value alone, such as email=jane@example.com."
)
@click.option("--types", is_flag=True, help="List what can be enriched, and of whom it is asked.")
@click.option("--status", is_flag=True, help="Show coverage and cost, or how LEAD stands; nobody is asked.")
@click.option(
    "--unsure",
    is_flag=True,
    help="List leads of which a provider has several records that match equally well.",
)
@click.option("--choose", metavar="N", help="Say which record of that list is LEAD's: its number, or none.")
@click.option(
    "--provider", metavar="NAME", help="The connection --choose is about, where several are unsure."
)
@click.option("--sanctions", is_flag=True, help="List leads whose names come near the sanctions list.")
@click.option(
    "--on-list",
    type=click.Choice(["yes", "no"]),
    help="Say whether LEAD, which --sanctions lists, is on the sanctions list.",
)
@place_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    lead: str | None,
    every: bool,
    limit: int | None,
    validate: str | None,
    types: bool,
    status: bool,
    unsure: bool,
    choose: str | None,
    provider: str | None,
    sanctions: bool,
    on_list: str | None,
    **place: Any,
) -> None:
    """Look up what LEAD (or every lead) lacks: owners, values, company facts; and read off what its own values say.

    Providers are asked in the playbook's order, the next one only when the one before gave nothing good enough. What a
    lead has is not bought again while it holds. Leads whose facts changed are scored again.
    """
    at = place_of(ctx, **place)
    if validate is not None:
        _validate(validate, as_json=at.as_json)
        return
    if choose is not None and (not lead or not (choose == "none" or choose.isdigit())):
        raise click.UsageError("Name the lead, and give --choose a number of the list, or none.")
    if on_list and not lead:
        raise click.UsageError("Name the lead of which you say whether it is on the sanctions list.")
    if not (sanctions or lead or every or limit or types or status or unsure):
        raise click.UsageError(
            "Name a lead, or give one of --all, --limit, --status, --types, --unsure, --sanctions and"
            " --validate."
        )
    from galena.surfaces.cli.work import working

    with working("galena enrich", at.home, at.workspace, at.playbook) as work:
        if types:
            _types(work, as_json=at.as_json)
        elif choose is not None and lead:
            _choose(work, lead, choose, provider, as_json=at.as_json)
        elif on_list and lead:
            _settle_hit(work, lead, is_listed=on_list == "yes", as_json=at.as_json)
        elif sanctions:
            _hits(work, as_json=at.as_json)
        elif unsure:
            _unsure(work, as_json=at.as_json)
        elif status:
            _status(work, lead, as_json=at.as_json)
        elif lead:
            _one(work, lead, as_json=at.as_json)
        else:
            _many(work, limit, as_json=at.as_json)


def _one(work: "Work", reference: str, *, as_json: bool) -> None:
    from galena.workflows.enrich import enrich_one
    from galena.workflows.gateway import gateway_of
    from galena.workflows.lead_view import find_lead

    with work.session() as session:
        lead_id = find_lead(session, reference)
    state, report = enrich_one(work.context, gateway_of(work.galena.settings), lead_id)
    if as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict(), "lead": _as_dict(state)})
        return
    _say_state(state)
    _say_report(report, work.context.playbook.currency)


def _many(work: "Work", limit: int | None, *, as_json: bool) -> None:
    from galena.workflows.enrich import EnrichOptions, enrich_many
    from galena.workflows.gateway import gateway_of

    with progress("Enriching", quiet=as_json) as advance:
        options = EnrichOptions(limit=limit, progress=lambda done, total: advance(done, total))
        report = enrich_many(work.context, gateway_of(work.galena.settings), options)
    if as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict()})
    else:
        _say_report(report, work.context.playbook.currency)


def _status(work: "Work", reference: str | None, *, as_json: bool) -> None:
    from galena.workflows.enrich import lead_state, overview
    from galena.workflows.gateway import gateway_of
    from galena.workflows.lead_view import find_lead

    if reference:
        with work.session() as session:
            lead_id = find_lead(session, reference)
        state = lead_state(work.context, gateway_of(work.galena.settings), lead_id)
        if as_json:
            emit_json({"workspace": work.workspace.slug, "lead": _as_dict(state)})
        else:
            _say_state(state)
        return
    with work.session() as session:
        told = overview(session, work.context)
    if as_json:
        emit_json({"workspace": work.workspace.slug, **told.as_dict()})
        return
    for field in told.coverage:
        share = f"{field.known / field.leads:.0%}" if field.leads else "-"
        say(
            f"{field.field}: known of {field.known:,} of {field.leads:,} leads ({share}), {field.looked_up:,} looked up"
        )
    for each in told.providers:
        say(
            f"{each.provider}: asked {each.calls:,} times, found {each.found:,}, knew nothing {each.absent:,},"
            f" could not tell which {each.unsure:,},"
            f" failed {each.failed:,}; {each.cost_micros / 1e6:,.2f} {work.context.playbook.currency}"
        )
    if told.gated:
        say(f"{told.waiting:,} leads wait for {', '.join(told.needs)} before they are scored.")


def _unsure(work: "Work", *, as_json: bool) -> None:
    from galena.workflows.enrich_choice import list_open_choices

    with work.session() as session:
        found = list_open_choices(session, work.context.playbook)
    if as_json:
        emit_json({"workspace": work.workspace.slug, "unsure": [each.as_dict() for each in found]})
        return
    if not found:
        say("Nothing is unsure: no provider has several records that match a lead equally well.")
    for each in found:
        show(f"{each.key}, {each.provider}: {each.because}")
        for number, told in enumerate(each.choices, start=1):
            facts = "; ".join(f"{label}: {'-' if value is None else value}" for label, value in told.items())
            show(f"  {number}  {facts}")
    if found:
        say("Say which it is: galena enrich LEAD --choose N, or --choose none.")


def _choose(work: "Work", reference: str, choose: str, provider: str | None, *, as_json: bool) -> None:
    from galena.workflows.enrich_choice import choose_record
    from galena.workflows.gateway import gateway_of
    from galena.workflows.lead_view import find_lead

    with work.session() as session:
        lead_id = find_lead(session, reference)
    number = None if choose == "none" else int(choose)
    gateway = gateway_of(work.galena.settings)
    chosen = choose_record(work.context, gateway, lead_id, number, provider=provider)
    if as_json:
        told = {"provider": chosen.provider, "record": number, "rescored": chosen.rescored}
        emit_json({"workspace": work.workspace.slug, **told, "facts": list(chosen.facts)})
    else:
        say(chosen.sentence)


def _hits(work: "Work", *, as_json: bool) -> None:
    from galena.workflows.sanctions_review import list_hits

    with work.session() as session:
        found = list_hits(session, work.context.playbook)
    if as_json:
        emit_json({"workspace": work.workspace.slug, "hits": [each.as_dict() for each in found]})
        return
    for each in found:
        show(f"{each.key}, {each.title}")
        show(f"  {each.names}")
    if found:
        say("Say whether it is they: galena enrich LEAD --on-list yes, or no. Until then no score is moved.")
    else:
        say("No lead waits: no name comes near one of the sanctions list, or all were looked at.")


def _settle_hit(work: "Work", reference: str, *, is_listed: bool, as_json: bool) -> None:
    from galena.workflows.lead_view import find_lead
    from galena.workflows.sanctions_review import settle_hit

    with work.session() as session:
        lead_id = find_lead(session, reference)
    settled = settle_hit(work.context, lead_id, is_listed=is_listed)
    if as_json:
        told = {"listed": is_listed, "status": settled.status, "rescored": settled.rescored}
        emit_json({"workspace": work.workspace.slug, **told})
    else:
        say(settled.sentence)


def _types(work: "Work", *, as_json: bool) -> None:
    from galena.engines.enrichment.reading import TYPES

    wants = work.context.playbook.enrichment
    looked_up = {
        name: {
            "providers": list(each.providers),
            "days": each.days,
            "least_confidence": each.least_confidence,
        }
        for name, each in (wants.wants if wants else {}).items()
    }
    if as_json:
        emit_json({"local": TYPES, "looked_up": looked_up})
        return
    say("Read off the lead's own values, always, at no cost:")
    for name, sentence in TYPES.items():
        say(f"  {name}: {sentence}")
    say("Looked up where it is missing:")
    for name, each in (wants.wants if wants else {}).items():
        whom = ", ".join(each.providers) or "any connected look-up that gives it"
        say(f"  {name}: asked of {whom}; holds {each.days} days")


def _validate(given: str, *, as_json: bool) -> None:
    from galena.engines.enrichment.reading import TYPES
    from galena.engines.enrichment.reading import say as say_of
    from galena.settings import load_settings
    from galena.workflows.gateway import mail_servers_of

    kind, _, value = given.partition("=")
    if kind not in TYPES or not value:
        raise click.UsageError(f"Give TYPE=VALUE; the types are {', '.join(TYPES)}.")
    found = say_of(kind, value, mail_servers=mail_servers_of(load_settings()))
    if as_json:
        emit_json(found.as_dict())
    else:
        _say_finding(found)


def _say_finding(found: "Finding") -> None:
    verdict = {True: "usable", False: "not usable", None: "read"}[found.is_valid]
    say(f"{found.kind}: {verdict}, {found.confidence:.0%} sure. {found.reason}")
    for name, value in found.values.items():
        say(f"  {name.replace('_', ' ')}: {value}")


def _say_state(state: "LeadState") -> None:
    say(f"Enrichment: {state.status}.")
    for each in state.fields:
        by = f" ({each.provider})" if each.provider else ""
        say(f"  {each.field}: {each.status.replace('_', ' ')}{by}; {each.because}")
    for found in state.findings:
        _say_finding(found)


def _say_report(report: "EnrichReport", currency: str) -> None:
    gone_on = "Went on where it was. " if report.resumed else ""
    say(
        f"{gone_on}{report.leads:,} leads looked at, {report.changed:,} have new facts, {report.rescored:,} scores"
        f" changed; cost {report.cost_micros / 1e6:,.2f} {currency}."
    )
    for status, count in sorted(report.statuses.items()):
        say(f"  {status}: {count:,}")
    for reason, count in sorted(report.reasons.items(), key=lambda pair: -pair[1])[:8]:
        say(f"  {count:,} x {reason}")


def _as_dict(state: "LeadState") -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(state), "findings": [each.as_dict() for each in state.findings]}
