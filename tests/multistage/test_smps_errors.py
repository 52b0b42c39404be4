"""What is told about SMPS test sets that cannot be read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.multistage.smps import SmpsError, read_smps
from replenish.multistage.smps.text import MOST_SHOWN, Layout
from tests.multistage.test_smps import FILES, write


def problems(folder: Path, source: str, **changes: tuple[str, str]) -> str:
    with pytest.raises(SmpsError) as caught:
        read_smps(write(folder, source, **changes))
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "old", "new", "message"),
    [
        (
            "sto",
            "RHS       BLOCK1             3.0",
            "RHS       BLOCKX             3.0",
            "lands.sto:3: there is no row `BLOCKX`; use a name",
        ),
        (
            "sto",
            "RHS       BLOCK1             3.0",
            "X9        BLOCK1             3.0",
            "lands.sto:3: there is no column `X9`",
        ),
        (
            "sto",
            "RUN                0.4",
            "DAY                0.4",
            "lands.sto:4: there is no period `DAY`; use a period of",
        ),
        (
            "sto",
            "RUN                0.4",
            "BUILD              0.4",
            "lands.sto:4: the entry counts in period `RUN`, not `BUILD`",
        ),
        (
            "sto",
            "0.4",
            "0.5",
            "lands.sto:3: probabilities of what begins as `RHS BLOCK1 3.0` sum to 1.1, must sum to 1",
        ),
        ("sto", "0.4", "1.4", "lands.sto:4: probability 1.4 does not lie in [0, 1]"),
        ("sto", "5.0", "5,0", "lands.sto:4: `5,0` is not a number; write a number such as 12.5"),
        ("sto", "5.0", "nan", "lands.sto:4: `nan` is not a number"),
        ("sto", "5.0", "1e30", "lands.sto:4: 1e30 is too large"),
        ("sto", "ENDATA", "", "lands.sto:7: the file ends without ENDATA; it was perhaps cut off"),
        (
            "sto",
            "DISCRETE",
            "NORMAL  ",
            "lands.sto:2: distribution `NORMAL` is not read, only DISCRETE is; replace it by a discrete",
        ),
        ("sto", "INDEP", "CHANCE", "lands.sto:2: section `CHANCE` is not read; INDEP, BLOCKS, SCENARIOS are"),
        (
            "sto",
            "INDEP",
            "INDEPX",
            "lands.sto:2: section `INDEPX` is unknown here, known are STOCH, INDEP, BLOCKS, SCENARIOS",
        ),
        ("cor", "RHS\n", "RSH\n", "lands.cor:47: section `RSH` is unknown here"),
        ("cor", " E  BLOCK1", " X  BLOCK1", "lands.cor:11: `X` is no kind of row; use N, E, L, G"),
        ("cor", " E  BLOCK2", " E  BLOCK1", "lands.cor:12: row `BLOCK1` is defined twice"),
        (
            "cor",
            "X1        BUDGET            10.0",
            "X1        MINCAP            10.0",
            "lands.cor:16: the entry of column `X1` in its row is given twice",
        ),
        (
            "cor",
            "X1        BUDGET",
            "X1        BUGDET",
            "lands.cor:16: there is no row `BUGDET`; use a name of the section ROWS",
        ),
        (
            "cor",
            "BLOCK3             2.0\nENDATA",
            "BLOCK3             2.0\nBOUNDS\n UP B X1 -1\nENDATA",
            "lands.cor:51: column `X1` has upper bound -1 and no lower bound",
        ),
        (
            "cor",
            "BLOCK3             2.0\nENDATA",
            "BLOCK3             2.0\nBOUNDS\n LO B X1 5\n UP B X1 4\nENDATA",
            "lands.cor:52: column `X1` has bounds 5 to 4",
        ),
        (
            "cor",
            "BLOCK3             2.0\nENDATA",
            "BLOCK3             2.0\nBOUNDS\n SC B X1 5\nENDATA",
            "lands.cor:51: `SC` is no kind of bound",
        ),
        (
            "tim",
            "Y11       PLANT1",
            "Y11       PLANT9",
            "lands.tim:4: there is no row `PLANT9`; use a name of the core file",
        ),
        (
            "tim",
            "X1        COST",
            "X2        COST",
            "lands.tim: column X1 belongs to no period; begin the first period at the first column",
        ),
        (
            "tim",
            "Y11       PLANT1",
            "Y11       BLOCK1",
            "lands.tim: row `PLANT1` holds column `Y11` of a later period; move the row",
        ),
        ("tim", "BUILD", "RUN", "lands.tim:4: period `RUN` is listed twice"),
        ("tim", "PERIODS       LP", "PERIODS       DAYS", "lands.tim:2: `DAYS` periods are not known"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, kind: str, old: str, new: str, message: str) -> None:
    assert message in problems(tmp_path, "lands", **{kind: (old, new)})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("SC B A", "SC B X", "there is no scenario `X` before this one"),
        ("SC B A", "SC A A", "scenario `A` is defined twice"),
        ("SC A ROOT 0.50", "SC A ROOT 0.40", "probabilities of all scenarios sum to 0.9, must sum to 1"),
        ("RHS NEED 8", "RHS ROOM 8", "the entry counts before scenario `B` branches"),
        ("RHS NEED 8", "RHS NEED 8\n RHS NEED 9", "an entry is given twice in one outcome"),
        ("RHS NEED 8", "RHS COST 8", "a random constant of the objective belongs to no period"),
        ("SC A ROOT 0.50 S2\n", "", "after a line `SC ...`"),
        ("ENDATA", "INDEP DISCRETE\n RHS NEED 4 1\nENDATA", "scenarios and independent outcomes are both given"),
        ("RHS NEED 8", "UP B LATE 8", "`UP/LATE` is infinite in `S3 A`; give it a number in each scenario"),
    ],
)
def test_what_is_wrong_with_scenarios_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in problems(tmp_path, "stock", sto=(old, new))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    SEED      NEED               0.5\n", "    BORROW    COST               9.0\n", ""),
        ("    BUY       COST               5.0\n", "", "BUY/COST"),
        (
            " BL YEAR      AUTUMN             0.5\n    BUY       COST               3.0",
            "    BUY       COST    3.0",
            "after a line `BL ...`",
        ),
        (" UP BND       BUY                4.0", "    BUY       COST               4.0", "BUY/COST is random twice"),
        (" UP BND       BUY                4.0", " UP BND       BYE                4.0", "there is no column `BYE`"),
        (
            " UP BND       BUY                4.0",
            " FR BND       BUY                4.0",
            "harvest.sto:10: `FR` is no bound with a number; use LO",
        ),
    ],
)
def test_what_is_wrong_with_blocks_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    change = {"cor": ("BUY       COST               3.0", "BUY       COST               2.0"), "sto": (old, new)}
    if message:
        assert message in problems(tmp_path, "harvest", **change)
    else:
        outcomes = read_smps(write(tmp_path, "harvest", sto=(old, new))).nodes["AUTUMN"].outcomes
        assert outcomes is not None
        assert outcomes.values["BORROW/COST"].tolist() == [8.0, 8.0, 9.0, 9.0]


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "lands")
    (tmp_path / "lands.sto").write_text("STOCH\nINDEP DISCRETE\n" + " RHS NONE 1 x\n" * 2000 + "ENDATA\n")
    with pytest.raises(SmpsError) as caught:
        read_smps(tmp_path / "lands")
    assert len(caught.value.problems) == 1000
    assert str(caught.value).count("\n") == MOST_SHOWN


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.cor").write_text("")
    with pytest.raises(SmpsError, match=r"there is no time file `a.tim` or `a.time` in (.|\n)*no stoch file `a.sto`"):
        read_smps(tmp_path / "a")
    with pytest.raises(SmpsError, match=r"there is no core file `b.cor` or `b.core` or `b.mps`"):
        read_smps(tmp_path / "b")


def test_files_that_are_too_large_or_not_text_are_refused(tmp_path: Path) -> None:
    stem = write(tmp_path, "lands")
    with pytest.raises(SmpsError, match=r"lands.cor: has more than 100 bytes; .* raise `most_bytes`"):
        read_smps(stem, most_bytes=100)
    (tmp_path / "lands.tim").write_bytes(b"\0" * 10)
    with pytest.raises(SmpsError, match=r"lands.tim: is not a text file"):
        read_smps(stem)


def test_combinations_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SmpsError, match="4 outcomes of 3 entries in period `AUTUMN` are more than 15 numbers; sample"):
        read_smps(FILES / "harvest", most_values=15)
    with pytest.raises(SmpsError, match="2 outcomes of 2 entries are more than 3 numbers"):
        read_smps(FILES / "harvest", most_values=3)
    with pytest.raises(SmpsError, match="3 scenarios of 5 entries are more than 14 numbers"):
        read_smps(FILES / "stock", most_values=14)


@pytest.mark.parametrize("layout", ["auto", "free", "fixed"])
@given(text=st.text(alphabet=" \n\tXABE1.-RHS*", max_size=200), kind=st.sampled_from(["cor", "tim", "sto"]))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, layout: Layout, text: str, kind: str
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("any")
    stem = write(folder, "lands")
    path = stem.with_suffix(f".{kind}")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:-2], text, "\n", *lines[-2:]]))
    with suppress(SmpsError):
        assert read_smps(stem, layout=layout).nodes
