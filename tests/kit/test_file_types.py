"""Files are what their content says, and get names that can be written anywhere."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.kit.file_names import name_with_suffix, safe_name
from galena.kit.file_types import SUFFIXES, type_of

OPEN = "application/vnd.oasis.opendocument"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def package(*names: str, mimetype: str = "") -> bytes:
    """A ZIP archive with these parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, "x")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.7\n...", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (package("[Content_Types].xml", "word/document.xml"), WORD),
        (package("content.xml", mimetype=f"{OPEN}.text"), f"{OPEN}.text"),
        ("Grüße, a plain text\r\n".encode(), "text/plain"),
        (b"\xef\xbb\xbfname,email\nA,a@b.c\n", "text/plain"),
        (b"", None),
        (b"MZ\x90\x00%PDF-1.4", None),
        (b"\x7fELF\x02", None),
        (b"<!DOCTYPE html><script>", None),
        (b"  <svg onload=alert(1)>", None),
        (b"\xd0\xcf\x11\xe0old office", None),
        (package("word/document.xml"), None),
        (package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (package("a.exe"), None),
        (package("[Content_Types].xml", "word/document.xml")[:60], None),
        (b"text with \x00 in it", None),
    ],
)  # fmt: skip
def test_the_content_says_what_a_file_is(content: bytes, found: str | None) -> None:
    assert type_of(content) == found


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("Offer.PDF", "Offer.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\docs\\offer.exe", "offer.pdf"),
        ("offer v1.2", "offer v1.2.pdf"),
        ("offer.pdf.exe", "offer.pdf"),
        ("in\u202evoice\r\n.pdf", "invoice.pdf"),
        ('a"b<c>.pdf', "a_b_c_.pdf"),
        ("con.pdf", "_con.pdf"),
        (".pdf", "pdf.pdf"),
        ("", "file.pdf"),
    ],
)
def test_a_name_is_cleaned_and_ends_as_its_type_does(given_name: str, name: str) -> None:
    assert name_with_suffix(given_name, (".pdf",)) == name


@given(st.text(max_size=200), st.sampled_from(sorted(SUFFIXES)))
def test_no_name_leads_out_of_a_folder_or_grows_without_end(given_name: str, kind: str) -> None:
    name = name_with_suffix(given_name, SUFFIXES[kind])
    assert name.endswith(SUFFIXES[kind])
    assert not set("/\\\r\n\0") & set(name)
    assert len(name) <= 80
    assert safe_name(name) not in ("", ".", "..")
