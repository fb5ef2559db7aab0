"""Floor 1: playbooks as YAML folders: the four shipped ones, and how any is loaded, checked and compared."""

from galena.playbooks.difference import Change, diff
from galena.playbooks.loading import check, folder_of, load, shipped
from galena.playbooks.mapping_file import read_mapping, write_mapping
from galena.playbooks.problem import PlaybookError, Problem
from galena.playbooks.revision import as_json, from_json, playbook_hash

__all__ = [
    "Change",
    "PlaybookError",
    "Problem",
    "as_json",
    "check",
    "diff",
    "folder_of",
    "from_json",
    "load",
    "playbook_hash",
    "read_mapping",
    "shipped",
    "write_mapping",
]
