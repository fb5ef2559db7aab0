"""Reports as files: one self-contained page each, for the screen and for print."""

from galena.surfaces.reports.model_report import write_model_report

__all__ = ["write_model_report"]
