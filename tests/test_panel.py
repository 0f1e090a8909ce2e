"""Panels as researchers and bureaus have them: what is understood, what is refused, and what the command prints."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from hjforecast import InputError
from hjforecast.backtest import METHODS, backtest_scores
from hjforecast.cli import main
from hjforecast.panel import MAX_PROBLEMS, BacktestError, check_panel, province_groups, read_panel

HEADER = ["method", "origin", "horizon", "n", "mae_log", "pinball", "coverage80"]


def panel(n=7, years=12, groups=2):
    """Tidy panel of random walks from 2004."""
    rng = np.random.default_rng(n)
    value = np.exp(4 + np.cumsum(0.08 + 0.05 * rng.standard_normal((n, years)), axis=1)).round(3)
    rows = [(f"县{i}", 2004 + t, value[i, t], f"省{i % groups}") for i in range(n) for t in range(years)]
    return pd.DataFrame(rows, columns=["series", "year", "value", "group"])


def written(tmp_path, frame, **options):
    """Path of a panel file."""
    path = tmp_path / "panel.csv"
    frame.to_csv(path, index=False, **options)
    return path


def run(*arguments):
    return CliRunner().invoke(main, ["backtest", *map(str, arguments)])


def refused(frame):
    with pytest.raises(BacktestError) as caught:
        check_panel(frame)
    assert isinstance(caught.value, InputError)
    return caught.value.problems


BAD = pd.DataFrame(
    {
        "series": ["a", "a", "a", "b", "b", "b", None, "c"],
        "year": [2000, 2000, 2001, 2000, "20x1", 2002.5, 2003, 2001],
        "value": [1.0, 2.0, -3.0, "abc", 1.0, 0.0, np.inf, 4.0],
        "group": ["g", "g", "g", "g", "h", "h", "g", ""],
    }
)


def test_all_problems_are_reported_together_with_row_column_value_and_both_languages():
    found = refused(BAD)
    assert [(problem.row, problem.column) for problem in found] == [
        (2, "year"), (4, "value"), (5, "value"), (5, "group"), (6, "year"), (7, "year"), (7, "value"), (8, "series"),
        (8, "value"), (9, "group"),
    ]  # fmt: skip
    assert {"-3.0", "abc", "20x1", "2002.5", "inf"} <= {problem.read for problem in found}
    assert all(problem.zh and problem.en for problem in found)
    assert "第2、3行" in found[0].zh and "rows 2, 3" in found[0].en


def test_a_file_with_the_same_defects_names_the_rows_of_the_file(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("series,year,value\na,2010,1\n\na,2011,-1\na,2012,x\n", encoding="utf-8")
    with pytest.raises(BacktestError) as caught:
        check_panel(read_panel(path), path.name)
    assert [(p.file, p.row, p.read) for p in caught.value.problems] == [("bad.csv", 4, "-1"), ("bad.csv", 5, "x")]


@pytest.mark.parametrize("blank", ["", " ", None, np.nan, pd.NA, "\u3000"])
def test_a_blank_value_is_a_gap(blank):
    frame = panel().astype({"value": object})
    frame.loc[5, "value"] = blank
    pd.testing.assert_frame_equal(check_panel(frame), check_panel(panel().drop(index=5)))


@pytest.mark.parametrize("text", ["NA", "nan", "n/a", "-", "12%", "1.2亿", "−5", "1,23"])
def test_text_is_never_taken_for_a_gap_or_a_number(text):
    frame = panel().astype({"value": object})
    frame.loc[5, "value"] = text
    (problem,) = refused(frame)
    assert (problem.row, problem.column, problem.read) == (7, "value", text)


def test_numbers_are_read_as_offices_write_them():
    frame = panel(2).astype(object)
    frame["value"] = [
        f"{value:,.3f}".translate(str.maketrans("0123456789", "０１２３４５６７８９")) for value in panel(2)["value"]
    ]
    frame["year"] = [f"{year}.0" for year in panel(2)["year"]]
    pd.testing.assert_frame_equal(check_panel(frame), check_panel(panel(2)))


def test_codes_read_as_floats_and_nullable_columns_are_understood():
    frame = pd.DataFrame({"series": [431281.0, 431281.0], "year": [2000, 2001], "value": [1.0, None]})
    found = check_panel(frame.astype({"value": "Float64", "year": "Int64"}))
    assert found.values.tolist() == [["431281", 2000, 1.0, "43"]]


def test_blank_group_is_filled_from_the_other_rows_of_its_series():
    frame = panel()
    frame.loc[3, "group"] = None
    assert set(check_panel(frame).query("series == '县0'")["group"]) == {"省0"}


def test_group_column_without_any_group_is_no_group():
    assert set(check_panel(panel().assign(group=""))["group"]) == {"all"}


def test_division_codes_say_their_province_and_other_names_do_not():
    assert province_groups(pd.Series(["431281", "430000", "110101"])).tolist() == ["43", "43", "11"]
    for names in (["431281", "县"], ["991281"], ["43128"], ["４３１２８１"]):
        assert province_groups(pd.Series(names)) == "all"


def test_group_of_the_file_wins_over_the_codes():
    frame = panel(2).assign(series=["431281"] * 12 + ["110101"] * 12)
    assert set(check_panel(frame)["group"]) == {"省0", "省1"}
    assert set(check_panel(frame.drop(columns="group"))["group"]) == {"43", "11"}


def test_missing_and_misspelt_columns_are_named_together():
    found = refused(pd.DataFrame({"series": ["a"], "yr": [1], "valeu": [2]}))
    assert [problem.column for problem in found] == ["year", "value"]
    assert "'yr'" in found[0].en and "valeu" in found[1].zh


@pytest.mark.parametrize("frame", [panel().iloc[:0], panel().assign(value=None)])
def test_panel_without_values_is_refused(frame):
    assert "没有任何数值" in refused(frame)[0].zh


def test_a_date_is_not_a_year():
    assert refused(panel(1).assign(year=pd.Timestamp("2004-01-01")))[0].column == "year"


def test_endless_problems_are_cut_and_counted():
    found = refused(panel(20, 20).assign(value="x"))
    assert len(found) == MAX_PROBLEMS + 1 and "200 more" in found[-1].en


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("", "文件为空"),
        ("series;year;value\na;2000;1\n", "英文逗号分隔"),
        ("series,year,value\na,2000\n", "2个单元格"),
        ("series,year,value\na,2000,1,234\n", "双引号"),
        ("series,year,year,value\na,2000,2000,1\n", "只留一列"),
        ('series,year,value\n"a,2000,1\n', "引号"),
        ("series,year\na,2000\n", "缺少此列"),
    ],
)
def test_a_file_that_is_no_panel_is_refused_in_both_languages(tmp_path, content, part):
    path = tmp_path / "panel.csv"
    path.write_text(content, encoding="utf-8")
    result = run(path)
    assert result.exit_code == 2 and not result.stdout
    assert part in result.stderr and "panel.csv" in result.stderr and "problem(s)" in result.stderr


def test_missing_file_is_refused(tmp_path):
    result = run(tmp_path / "none.csv")
    assert result.exit_code == 2 and "没有这个文件" in result.stderr and not result.stdout


def gaps(frame):
    return frame.assign(value=frame["value"].mask(frame.index % 7 == 3)).sample(frac=1, random_state=0)


def late(frame):
    """One series with a single value, one that starts late."""
    return frame[
        ~((frame["series"] == "县1") & (frame["year"] != 2010)) & ~((frame["series"] == "县2") & (frame["year"] < 2009))
    ]


SHAPES = {
    "full": lambda frame: frame,
    "no group": lambda frame: frame.drop(columns="group"),
    "gaps, shuffled": gaps,
    "short series": late,
    "float years": lambda frame: frame.astype({"year": float}),
    "one series": lambda frame: frame[frame["series"] == "县0"].drop(columns="group"),
    "constant": lambda frame: frame.assign(value=5),
    "one constant series": lambda frame: frame[frame["series"] == "县0"].assign(value=5),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_any_shape_gives_full_rows_of_numbers_and_bands_with_a_width(tmp_path, shape):
    frame = SHAPES[shape](panel())
    result = run(written(tmp_path, frame), "--origin", 2010, "--horizon", 2, "--workers", 1)
    assert result.exit_code == 0, result.stderr
    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert rows[0] == HEADER and len(rows) == 1 + 2 * len(METHODS)
    assert all(np.isfinite([float(cell) for cell in row[1:]]).all() for row in rows[1:])
    scores = backtest_scores(frame, [2010], 2, workers=1)
    assert (scores["p90"] > scores["p50"]).all() and (scores["p50"] > scores["p10"]).all()


@pytest.mark.parametrize("options", [{"encoding": "utf-8-sig"}, {"encoding": "gb18030"}, {"lineterminator": "\r\n"}])
def test_encodings_and_line_ends_do_not_matter(tmp_path, options):
    plain = check_panel(read_panel(written(tmp_path, panel())))
    pd.testing.assert_frame_equal(check_panel(read_panel(written(tmp_path, panel(), **options))), plain)


def test_notes_go_to_standard_error_and_the_table_to_the_file(tmp_path):
    path, out = written(tmp_path, panel().drop(columns="group").assign(备注="x", code=1)), tmp_path / "out.csv"
    result = run(path, "--origin", 2010, "--horizon", 1, "--out", out)
    assert result.exit_code == 0 and result.stdout == ""
    assert "备注, code" in result.stderr and "7 个序列" in result.stderr
    assert out.read_text(encoding="utf-8").startswith(",".join(HEADER) + "\nhjforecast,2010,1,7,")


def test_groups_from_codes_are_announced(tmp_path):
    frame = panel(2).drop(columns="group").assign(series=["431281"] * 12 + ["110101"] * 12)
    assert "2 个省级组" in run(written(tmp_path, frame), "--origin", 2010, "--horizon", 1).stderr


def test_table_holds_the_overall_ratio_and_every_origin(tmp_path):
    result = run(written(tmp_path, panel()), "--origin", 2009, "--origin", 2010, "--horizon", 2, "--format", "table")
    assert result.exit_code == 0
    assert all(word in result.stdout for word in (*METHODS, "2009", "2010", "overall", "1.000"))
    assert "nan" not in result.stdout


def test_bad_origin_and_bad_horizon_exit_2_without_a_traceback(tmp_path):
    path = written(tmp_path, panel())
    for arguments in (["--origin", 1990], ["--horizon", 0], ["--origin", "x"], ["--workers", 0]):
        result = run(path, *arguments)
        assert result.exit_code == 2 and not result.stdout and "Traceback" not in result.stderr
