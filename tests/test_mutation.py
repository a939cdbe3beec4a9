"""The tool that changes metrics to try the tests: what it changes, what it leaves alone, and how it judges."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutation import python_mutants, sql_mutants, trials
from tests.mutation.mutant import Mutant

ROOT = Path(__file__).parents[1]


def changed(source: str, found: list[Mutant]) -> set[str]:
    """Every mutant's text, blanks evened out."""
    return {" ".join(mutant.of(source).split()) for mutant in found}


def sql(source: str) -> set[str]:
    return changed(source, sql_mutants.mutants(source))


def python(source: str) -> set[str]:
    return changed(source, python_mutants.mutants(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("SELECT a < b", {"SELECT a <= b", "SELECT a >= b"}),
        ("SELECT a <= b", {"SELECT a < b", "SELECT a > b"}),
        ("SELECT a = b", {"SELECT a <> b"}),
        ("SELECT a IS NULL", {"SELECT a IS NOT NULL"}),
        ("SELECT a IS NOT NULL", {"SELECT a IS NULL"}),
        ("SELECT a + b", {"SELECT a - b"}),
        ("SELECT true", {"SELECT false"}),
        ("SELECT 7", {"SELECT 8", "SELECT 6"}),
        ("SELECT min(a)", {"SELECT max(a)"}),
        ("SELECT arg_max(a, b)", {"SELECT arg_min(a, b)"}),
        ("SELECT least(a, b)", {"SELECT greatest(a, b)"}),
        ("SELECT DISTINCT a", {"SELECT a"}),
        ("SELECT count(DISTINCT a)", {"SELECT count( a)"}),
        ("SELECT coalesce(a, b)", {"SELECT a", "SELECT b"}),
        ("FROM a LEFT JOIN b USING (c)", {"FROM a INNER JOIN b USING (c)"}),
        ("FROM a SEMI JOIN b USING (c)", {"FROM a ANTI JOIN b USING (c)"}),
        ("FROM a WHERE b", {"FROM a WHERE true"}),
        ("SELECT count(*) FILTER (b)", set()),
        ("SELECT count(*) FILTER (WHERE b)", {"SELECT count(*) FILTER (WHERE true)"}),
        ("SELECT a IN ('x', 'y')", {"SELECT a IN ('y')", "SELECT a IN ('x')"}),
        ("SELECT sum(a) OVER (ORDER BY b, c)", {"SELECT sum(a) OVER (ORDER BY c)", "SELECT sum(a) OVER (ORDER BY b)"}),
    ],
)
def test_each_kind_of_change_of_sql(source: str, expected: set[str]) -> None:
    assert sql(source) == expected


def test_a_part_of_a_conjunction_is_left_out_alone() -> None:
    assert {"FROM t WHERE true AND b", "FROM t WHERE a AND true", "FROM t WHERE a OR b"} == sql("FROM t WHERE a AND b")


def test_a_part_of_a_disjunction_is_made_false_inside_its_parentheses() -> None:
    found = sql("FROM t WHERE a AND (b OR c)")
    assert {"FROM t WHERE a AND (false OR c)", "FROM t WHERE a AND (b OR false)", "FROM t WHERE a AND true"} <= found


def test_conjuncts_end_where_the_next_clause_begins() -> None:
    found = sql("FROM t JOIN u ON t.a AND u.b GROUP BY c")
    assert "FROM t JOIN u ON t.a AND true GROUP BY c" in found
    assert all(text.endswith("GROUP BY c") for text in found)


def test_the_and_of_a_between_joins_no_conditions() -> None:
    found = sql("FROM t WHERE a BETWEEN b AND c AND d")
    assert "FROM t WHERE true AND d" in found
    assert not any("BETWEEN b OR" in text or "BETWEEN b AND true" in text for text in found)


def test_a_case_is_one_part_and_each_when_a_condition() -> None:
    found = sql("FROM t WHERE CASE WHEN a THEN b ELSE c END AND d")
    assert {"FROM t WHERE true AND d", "FROM t WHERE CASE WHEN true THEN b ELSE c END AND d"} <= found


def test_is_distinct_from_is_one_operator() -> None:
    assert sql("SELECT a IS DISTINCT FROM b") == {"SELECT a IS NOT DISTINCT FROM b"}


def test_comments_texts_and_columns_named_like_functions_are_left_alone() -> None:
    assert sql("SELECT t.min, first, '1 < 2' -- a AND b = 3\n/* x OR 4 */") == set()


def test_a_window_keeps_its_condition_whole() -> None:
    found = sql("FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1")
    assert "FROM t QUALIFY true" in found
    assert "FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 2" in found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", {"a <= b", "a >= b"}),
        ("a and b", {"a or b"}),
        ("not a", {"a"}),
        ("a is not None", {"a is None"}),
        ("a not in b", {"a in b"}),
        ("(a) + (b)", {"(a) - (b)"}),
        ("a & b", {"a | b"}),
        ("~a", {"a"}),
        ("a[2]", {"a[3]", "a[1]"}),
        ("f(True)", {"f(False)"}),
        ("a += b", {"a -= b"}),
        ("a.min()", {"a.max()"}),
        ("max(a)", {"min(a)"}),
        ("a.f(closed='left')", {'a.f(closed="right")'}),
        ("zip(a, b, strict=True)", set()),
        ("def f(a: Literal[1] = None) -> Literal[2]: ...", set()),
        ("'''SELECT 1 = 2'''", set()),
        ("raise E('a note of 5 < 6')", set()),
        ("é = a < b", {"é = a <= b", "é = a >= b"}),
    ],
)
def test_each_kind_of_change_of_python(source: str, expected: set[str]) -> None:
    assert python(source) == expected


def test_the_sql_in_a_string_is_changed_as_sql() -> None:
    assert python('x = """\nSELECT a < b\n"""') == {'x = """ SELECT a <= b """', 'x = """ SELECT a >= b """'}


def test_adjacent_strings_are_one_query() -> None:
    assert 'x = ("SELECT a" " FROM t WHERE true")' in python('x = ("SELECT a" " FROM t WHERE b")')


def test_what_an_f_string_fills_in_is_left_alone() -> None:
    assert python("""x = f"SELECT {a + 1} FROM t WHERE {b['k']} = c" """) == {
        """x = f"SELECT {a + 1} FROM t WHERE {b['k']} <> c\"""",
        """x = f"SELECT {a + 1} FROM t WHERE true\"""",
    }


def test_what_a_relation_is_asked_is_sql_without_any_keyword() -> None:
    assert python('rows.aggregate("a, b = c")') == {'rows.aggregate("a, b <> c")'}


@pytest.mark.parametrize("name", ["distributions", "flow", "slo_summary", "weeks", "worktime"])
def test_every_change_of_a_metric_is_another_text_and_still_python(name: str) -> None:
    source = (ROOT / "metrics" / f"{name}.py").read_text(encoding="utf-8")
    found = python_mutants.mutants(source)
    assert found
    for mutant in found:
        assert mutant.of(source) != source
        compile(mutant.of(source), name, "exec")


@pytest.mark.parametrize("file", sorted((ROOT / "metrics").glob("*.*")), ids=lambda file: file.name)
def test_every_file_of_metrics_can_be_read(file: Path) -> None:
    source = file.read_text(encoding="utf-8") if file.suffix in (".py", ".sql") else ""
    finder = sql_mutants if file.suffix == ".sql" else python_mutants
    assert all(mutant.of(source) != source for mutant in finder.mutants(source))


def test_a_description_tells_line_before_and_after() -> None:
    assert Mutant(4, 5, "<=", "swapped").described("a\nb < c".replace("b", "b")) == "2: < → <= (swapped)"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """A small tree of one module and one test; gives the verdicts on changes of the module."""
    root = tmp_path / "tree"
    (root / "tests").mkdir(parents=True)
    monkeypatch.setattr(trials, "ROOT", root)

    def judge(module: str, test: str, *mutants: Mutant) -> list[str]:
        (root / "thing.py").write_text(module, encoding="utf-8")
        (root / "tests" / "test_thing.py").write_text(f"import thing\ndef test_it():\n    {test}\n", encoding="utf-8")
        file = Path("thing.py")
        found = trials.judged({file: module}, [(file, mutant) for mutant in mutants], ["tests/test_thing.py"], 1)
        return [verdict for *_, verdict in found]

    return judge


def test_a_change_is_killed_survives_or_is_stillborn(tree: Callable[..., list[str]]) -> None:
    module = "A = 1\nB = 1\n"
    assert tree(
        module,
        "assert thing.A == 1",
        Mutant(4, 5, "2", "noticed"),
        Mutant(10, 11, "2", "not noticed"),
        Mutant(4, 5, "1 +", "no Python"),
        Mutant(4, 5, "C", "not importable"),
    ) == ["killed", "survived", "stillborn", "stillborn"]


def test_tests_that_fail_anyway_judge_nothing(tree: Callable[..., list[str]]) -> None:
    with pytest.raises(trials.TrialError, match="fail before anything is changed"):
        tree("A = 1\n", "assert thing.A == 2", Mutant(4, 5, "2", "constant"))


def test_the_checkout_is_only_read(tree: Callable[..., list[str]], tmp_path: Path) -> None:
    tree("A = 1\n", "assert thing.A == 1", Mutant(4, 5, "2", "constant"))
    assert (tmp_path / "tree" / "thing.py").read_text(encoding="utf-8") == "A = 1\n"


def test_the_list_is_numbered_and_runs_nothing() -> None:
    command = [sys.executable, "-m", "tests.mutation", "metrics/weeks.py", "--list"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert listed
    assert [int(line.split()[0]) for line in listed] == list(range(1, len(listed) + 1))
