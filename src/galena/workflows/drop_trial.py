"""A drop tried out: planned as it would be at this moment, read as a report, and nothing of it kept."""

from datetime import date

from galena.workflows.context import Context
from galena.workflows.drop_plan import make_plan
from galena.workflows.drop_report import DropReport, drop_report


class _TriedError(Exception):
    """Ends the transaction of a trial, so that nothing of it stays."""


def try_drop(context: Context, on: date | None = None) -> DropReport:
    """The report of the drop of a day, or of the next one, as it would be planned now. The plan that waits stays.

    Raises:
        ConflictError: that day has had its drop, or there is no tenant.
        ConfigurationError: the playbook says nothing of routing.
    """
    report: DropReport | None = None
    try:
        with context.session() as session:
            drop_id = make_plan(session, context.playbook, context.clock(), on)
            report = drop_report(session, drop_id)
            raise _TriedError
    except _TriedError:
        pass
    assert report is not None
    return report
