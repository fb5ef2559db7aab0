"""CSV and its relatives: every cell as delivered, and no bad row that costs a good one."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.connectors.files import ReadLimits, open_rows
from galena.domain.record import Row, RowFault
from galena.kit.errors import InputError


def read(path: Path, **options: object) -> tuple[list[Row], list[RowFault], tuple[str, ...]]:
    with open_rows(path, **options) as reader:  # type: ignore[arg-type]
        items = list(reader)
        return (
            [item for item in items if isinstance(item, Row)],
            [item for item in items if isinstance(item, RowFault)],
            reader.notes,
        )


def save(folder: Path, data: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


class TestDialects:
    @pytest.mark.parametrize("mark", [",", ";", "\t", "|", "^", "~"])
    def test_the_delimiter_is_found(self, tmp_path: Path, mark: str) -> None:
        lines = [["id", "name", "city"], ["1", "Ann, Bo", "Rome"], ["2", "C; D|", "Bonn"], ["3", "e", ""]]
        text = "".join(mark.join(f'"{c}"' if mark in c else c for c in line) + "\n" for line in lines)
        with open_rows(save(tmp_path, text)) as reader:
            assert reader.shape.delimiter == mark
            assert next(row.payload for row in reader if isinstance(row, Row)) == {
                "id": "1",
                "name": "Ann, Bo",
                "city": "Rome",
            }

    def test_one_column_needs_no_delimiter(self, tmp_path: Path) -> None:
        rows, faults, _ = read(save(tmp_path, "name\nSmith, Ann\nJones; Bo\nplain\n"))
        assert [row.payload["name"] for row in rows] == ["Smith, Ann", "Jones; Bo", "plain"]
        assert faults == []

    def test_single_quotes_with_backslashes(self, tmp_path: Path) -> None:
        text = "id,name,city\n" + "".join(f"{i},'art\\'s, deli {i}','los angeles'\n" for i in range(9))
        rows, faults, notes = read(save(tmp_path, text))
        assert rows[3].payload == {"id": "3", "name": "art's, deli 3", "city": "los angeles"}
        assert faults == []
        assert "Cells are in single quotes." in notes

    def test_backslash_escaped_quotes_throughout(self, tmp_path: Path) -> None:
        text = "id,name,path\n" + "".join(f'{i},"a \\"big\\", one","C:\\new\\x"\n' for i in range(9))
        rows, faults, _ = read(save(tmp_path, text))
        assert rows[0].payload == {"id": "0", "name": 'a "big", one', "path": "C:\\new\\x"}
        assert faults == []

    def test_a_few_backslash_escaped_quotes_among_doubled_ones(self, tmp_path: Path) -> None:
        lines = [f'{i},"say ""hi"", {i}",x\n' for i in range(400)]
        lines[350] = '350,"a 3\\" pipe, long",x\n'
        rows, faults, notes = read(save(tmp_path, "id,what,z\n" + "".join(lines)))
        assert rows[350].payload["what"] == 'a 3" pipe, long'
        assert rows[349].payload["what"] == 'say "hi", 349'
        assert (len(rows), faults) == (400, [])
        assert any("1 row(s) with stray quotes" in note for note in notes)

    def test_unescaped_quotes_inside_a_quoted_cell(self, tmp_path: Path) -> None:
        lines = ['1,"plain",x\n'] * 30 + ['2,"a 15" monitor",y\n'] + ['3,"plain",z\n'] * 3
        rows, faults, _ = read(save(tmp_path, "id,what,z\n" + "".join(lines)))
        assert rows[30].payload == {"id": "2", "what": 'a 15" monitor', "z": "y"}
        assert (len(rows), faults) == (34, [])

    def test_space_after_the_delimiter(self, tmp_path: Path) -> None:
        rows, _, _ = read(save(tmp_path, 'id, name, city\n1, "Ann, B", Rome\n2, "C, D", Bonn\n'))
        assert rows[0].payload == {"id": "1", "name": "Ann, B", "city": "Rome"}

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_line_ends(self, tmp_path: Path, end: str) -> None:
        rows, faults, _ = read(save(tmp_path, end.join(["a,b", "1,2", '3,"x' + end + 'y"', "", "5,6"])))
        assert [row.payload for row in rows] == [
            {"a": "1", "b": "2"},
            {"a": "3", "b": f"x{end}y"},
            {"a": "5", "b": "6"},
        ]
        assert faults == []

    def test_a_given_delimiter_is_taken(self, tmp_path: Path) -> None:
        rows, _, _ = read(save(tmp_path, "a:b\n1:2\n"), delimiter=":")
        assert rows[0].payload == {"a": "1", "b": "2"}


class TestHeaders:
    def test_double_and_missing_names(self, tmp_path: Path) -> None:
        rows, _, notes = read(save(tmp_path, "name,name,,name_2,name\na,b,c,d,e\n"))
        assert list(rows[0].payload) == ["name", "name_3", "column_3", "name_2", "name_4"]
        assert list(rows[0].payload.values()) == ["a", "b", "c", "d", "e"]
        assert len(notes) == 2

    def test_an_empty_last_column_is_left_out_but_never_its_data(self, tmp_path: Path) -> None:
        filled = "a,b,\n" + "1,2,\n" * 500 + "3,4,late\n5,6\n"
        with open_rows(save(tmp_path, filled)) as reader:
            rows = list(reader)
            assert reader.shape.columns == ("a", "b")
        assert rows[0].payload == {"a": "1", "b": "2"}
        assert rows[500].payload == {"a": "3", "b": "4", "column_3": "late"}
        assert rows[501].payload == {"a": "5", "b": "6"}

    def test_title_rows_are_left_out_with_a_note(self, tmp_path: Path) -> None:
        text = "Permits of May,,,\n\nCity of Somewhere,,,\nid,type,value,city\n1,roof,2,X\n2,pool,3,Y\n3,pool,3,Y\n"
        rows, faults, notes = read(save(tmp_path, text))
        assert rows[0] == Row(1, {"id": "1", "type": "roof", "value": "2", "city": "X"})
        assert (len(rows), faults) == (3, [])
        assert "Permits of May / City of Somewhere" in notes[0]

    def test_a_table_without_header_is_recognised(self, tmp_path: Path) -> None:
        text = "1,Ann,ann@x.org\n2,Bo,bo@x.org\n3,Cy,cy@x.org\n"
        rows, _, notes = read(save(tmp_path, text))
        assert rows[0].payload == {"column_1": "1", "column_2": "Ann", "column_3": "ann@x.org"}
        assert len(rows) == 3
        assert "looks like data" in notes[0]

    def test_the_caller_decides_about_the_header(self, tmp_path: Path) -> None:
        path = save(tmp_path, "1,2\n3,4\n5,6\n")
        assert [row.payload for row in read(path, header=True)[0]] == [
            {"1": "3", "2": "4"},
            {"1": "5", "2": "6"},
        ]
        assert len(read(path, header=False)[0]) == 3

    def test_a_header_alone_gives_no_rows(self, tmp_path: Path) -> None:
        with open_rows(save(tmp_path, "a,b,c\n")) as reader:
            assert reader.shape.columns == ("a", "b", "c")
            assert list(reader) == []

    def test_too_many_columns(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="too many columns"):
            read(save(tmp_path, ",".join("abcd") + "\n1,2,3,4\n"), limits=ReadLimits(columns=3))


class TestFaults:
    def test_short_and_long_rows_keep_their_cells(self, tmp_path: Path) -> None:
        rows, faults, _ = read(save(tmp_path, "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12,,\n13,14,15\n"))
        assert [row.number for row in rows] == [1, 4, 5]
        assert [fault.number for fault in faults] == [2, 3]
        assert faults[0].payload == {"a": "4", "b": "5"}
        assert faults[1].payload == {"a": "6", "b": "7", "c": "8", "column_4": "9"}
        assert faults[1].reason == "The row has 4 cells; the header has 3."

    def test_an_open_quote_costs_its_own_row_only(self, tmp_path: Path) -> None:
        lines = [f"{i},text {i},x\n" for i in range(20_000)]
        lines[7] = '7,"open\n'
        rows, faults, _ = read(save(tmp_path, "id,what,z\n" + "".join(lines)))
        assert len(rows) == 19_999
        assert [(fault.number, fault.value) for fault in faults] == [(8, '7,"open')]
        assert "not closed" in faults[0].reason

    def test_undecodable_bytes_are_a_fault_with_their_place(self, tmp_path: Path) -> None:
        data = "id,name\n1,Zoë\n2,Müller\n3,Bö".encode() + b"\xff\n" + "4,Åse\n".encode()
        rows, faults, notes = read(save(tmp_path, data))
        assert [row.number for row in rows] == [1, 2, 4]
        assert faults[0].field == "name"
        assert "byte 0xFF at character 3" in faults[0].reason
        assert faults[0].payload == {"id": "3", "name": "Bö\\xFF"}
        assert any("1 bytes are not valid" in note for note in notes)

    def test_a_cell_over_the_limit(self, tmp_path: Path) -> None:
        path = save(tmp_path, f"a,b\n1,{'é' * 60}\n2,{'e' * 100}\n3,ok\n")
        rows, faults, _ = read(path, limits=ReadLimits(cell_bytes=100))
        assert [row.number for row in rows] == [2, 3]
        assert faults[0].reason == "The cell has 120 bytes; the limit is 100."

    def test_a_row_over_the_limit_is_skipped_whole(self, tmp_path: Path) -> None:
        path = save(tmp_path, f"a,b\n1,{'x' * 700_000}\n2,ok\n")
        rows, faults, _ = read(path, limits=ReadLimits(row_bytes=200_000))
        assert [row.payload for row in rows] == [{"a": "2", "b": "ok"}]
        assert faults[0].number == 1
        assert faults[0].reason == "The row has 700,002 characters; the limit is 200,000."

    def test_a_huge_cell_of_many_lines_is_one_fault(self, tmp_path: Path) -> None:
        path = save(tmp_path, 'a,b,c\n1,x,"' + "some words\n" * 60_000 + '"\n2,x,ok\n3,x,ok\n')
        rows, faults, _ = read(path, limits=ReadLimits(row_bytes=200_000))
        assert [row.payload["a"] for row in rows] == ["2", "3"]
        assert [fault.reason for fault in faults] == [
            "The row has more than 200,000 characters, which is the limit."
        ]

    def test_an_open_quote_among_many_good_rows_costs_one(self, tmp_path: Path) -> None:
        lines = [f"{i},text,x\n" for i in range(60_000)]
        path = save(tmp_path, "a,b,c\n" + '0,"open\n' + "".join(lines))
        rows, faults, _ = read(path, limits=ReadLimits(row_bytes=200_000))
        assert (len(rows), len(faults)) == (60_000, 1)

    def test_zero_characters_are_shown(self, tmp_path: Path) -> None:
        rows, _, notes = read(save(tmp_path, b"a,b\n1,x\x00y\n"))
        assert rows[0].payload["b"] == "x\ufffdy"
        assert "1 zero character(s) are shown as U+FFFD." in notes

    def test_byte_order_marks_of_joined_files(self, tmp_path: Path) -> None:
        rows, _, notes = read(save(tmp_path, "\ufeffa,b\n1,2\n\ufeffa,b\n3,4\n"))
        assert [list(row.payload.values()) for row in rows] == [["1", "2"], ["a", "b"], ["3", "4"]]
        assert any("byte-order mark" in note for note in notes)


CELLS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=5, max_size=30), st.sampled_from(",;\t|"))
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], mark: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL)
    writer.writerow(["first", "second", "third"])
    writer.writerows(table)
    path = save(tmp_path_factory.mktemp("t"), out.getvalue())
    rows, faults, _ = read(path, delimiter=mark, header=True)
    assert [list(row.payload.values()) for row in rows] == table
    assert faults == []


@pytest.mark.parametrize("skip", [0, 1, 5, 999, 1_000])
def test_reading_goes_on_after_any_row(tmp_path: Path, skip: int) -> None:
    lines = [f"{i},{'x' if i % 97 else 'a,b,c'}\n" for i in range(1_000)]
    with open_rows(save(tmp_path, "id,v\n" + "".join(lines))) as reader:
        whole = list(reader)
        assert list(reader.rows(skip)) == whole[skip:]
    assert len(whole) == 1_000
