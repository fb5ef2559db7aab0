"""Which mapping a file is read with: one that was given, saved, shipped with the playbook, or proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.playbook import Playbook
from galena.engines.ingestion import Proposal, align, propose, recognise
from galena.kit.errors import InputError

Origin = Literal["given", "saved", "shipped", "proposed"]


@dataclass(frozen=True, slots=True)
class MappingChoice:
    """The mapping chosen and where it comes from; `proposal` when it was made up from the file."""

    mapping: SourceMapping
    origin: Origin
    proposal: Proposal | None = None


class UncertainMappingError(InputError):
    """No known mapping fits a file, and the proposed one needs a person's word.

    Attributes:
        proposal: what was proposed.
    """

    def __init__(self, file_name: str, proposal: Proposal) -> None:
        self.proposal = proposal
        super().__init__(
            "No known mapping fits this file, and the proposed one is not certain enough to use unasked.",
            facts={
                "file": file_name,
                "confidence": proposal.confidence,
                "proposal": proposal_lines(proposal),
            },
            remedy="Accept it with --yes, or correct it and give it as a mapping.",
        )


def choose_mapping(
    file_name: str,
    columns: Sequence[str],
    sample: Sequence[Mapping[str, Any]],
    playbook: Playbook,
    saved: Sequence[SourceMapping],
    *,
    given: SourceMapping | None = None,
    accept_proposal: bool = False,
) -> MappingChoice:
    """The mapping for a file: given > saved > shipped > proposed.

    A saved mapping that was once proposed grows by the fields that a richer file surely fills.

    Args:
        columns, sample: the file's headings and its first rows.
        saved: the workspace's own mappings.
        accept_proposal: use a proposal even when it is not certain.

    Raises:
        UncertainMappingError: only a proposal is left, and nobody accepted it.
        InputError: nothing in the file resembles a field of the playbook.
    """
    if given is not None:
        return MappingChoice(align(given, columns), "given")
    found = recognise(columns, sample, saved)
    if found is not None:
        proposal = propose(columns, sample, playbook, file_name)
        wider = proposal.widening(found)
        return MappingChoice(found, "saved") if wider is found else MappingChoice(wider, "proposed", proposal)
    found = recognise(columns, sample, playbook.mappings)
    if found is not None:
        return MappingChoice(found, "shipped")
    proposal = propose(columns, sample, playbook, file_name)
    if not proposal.fields:
        raise InputError(
            f"No column of this file resembles a field of the playbook {playbook.playbook}.",
            facts={"file": file_name, "columns": ", ".join(columns[:20])},
            remedy="Give a mapping that says which column is which field, or choose another playbook.",
        )
    if not (proposal.is_sure or accept_proposal):
        raise UncertainMappingError(file_name, proposal)
    return MappingChoice(proposal.mapping(), "proposed", proposal)


def proposal_lines(proposal: Proposal) -> list[str]:
    """The proposal as lines for a person: "email <- E-mail (97 %)"."""
    lines = [
        f"{each.field} <- {each.column} ({each.confidence:.0%})" + (f": {each.note}" if each.note else "")
        for each in proposal.fields
    ]
    lines.append("key: " + (", ".join(proposal.key) or "none found; each different row counts as a new lead"))
    if proposal.unmapped:
        lines.append("not used: " + ", ".join(proposal.unmapped))
    return lines
