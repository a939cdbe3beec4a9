"""Do the tests notice when a metric is wrong? One small change at a time, and the tests must fail.

    python -m tests.mutation metrics/flow.py tests/metrics/test_flow.py
    python -m tests.mutation metrics/flow.py --sample 40 -j 2
    python -m tests.mutation metrics/clocks.sql tests/metrics/test_slo.py --list

Changes what decides a number: comparisons, AND and OR, NULL or not, signs, min and max, first and last, parts of
conditions, constants, DISTINCT, coalesce; in the SQL of the file's strings, in a .sql file of the same name beside it,
and in its Python. Works on copies of the tree in a temporary folder; the checkout is only read. A mutant that the tests
let pass is printed as a survivor: either a test is missing, or the change changes nothing. One that the tests cannot
even import, or whose SQL the engine refuses, is stillborn and proves nothing.

Why home-made: mutmut and cosmic-ray, the usual tools, change Python only. Half of each metric is SQL, in strings that
they leave alone or fill with XX, which every test notices.
"""

import argparse
import random
import sys
from collections import Counter
from pathlib import Path
from time import monotonic

from tests.mutation import python_mutants, sql_mutants
from tests.mutation.mutant import Mutant
from tests.mutation.trials import ROOT, TrialError, judged

Trial = tuple[Path, Mutant]


def main() -> int:
    """0 when every mutant was judged, survivors or not; 1 when the tests cannot judge."""
    asked = _arguments()
    source = _within(asked.source)
    files = [file for file in dict.fromkeys([source, source.with_suffix(".sql")]) if (ROOT / file).exists()]
    sources = {file: (ROOT / file).read_text(encoding="utf-8") for file in files}
    trials = list(enumerate(((file, mutant) for file in files for mutant in found_in(file, sources[file])), start=1))
    wanted = [(n, trial) for n, trial in trials if not asked.only or n in asked.only]
    if asked.sample is not None and asked.sample < len(wanted):
        wanted = sorted(random.Random(asked.seed).sample(wanted, asked.sample))
    if asked.list:
        for n, (file, mutant) in wanted:
            _say(f"{n:5} {file}:{mutant.described(sources[file])}")
        return 0
    tests = [str(_within(test)) for test in asked.tests] or [str(mirrored(source))]
    return _run(sources, wanted, tests, asked.jobs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="a Python or .sql file of this tree")
    parser.add_argument(
        "tests", nargs="*", metavar="TEST", help="test files (default: the one that mirrors the source)"
    )
    parser.add_argument("--list", action="store_true", help="print the mutants with their numbers and run nothing")
    parser.add_argument("--only", type=int, action="append", metavar="N", help="only mutant N; may be repeated")
    parser.add_argument("--sample", type=int, metavar="K", help="only K of them, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default 0)")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="how many at once, each in a copy of its own")
    return parser.parse_args()


def found_in(file: Path, source: str) -> list[Mutant]:
    """The mutants of a file, by what it is written in."""
    return sql_mutants.mutants(source) if file.suffix == ".sql" else python_mutants.mutants(source)


def mirrored(source: Path) -> Path:
    """The test file of a source by the tree's habit: metrics/flow.py has tests/metrics/test_flow.py."""
    return Path("tests") / source.parent / f"test_{source.stem}.py"


def _within(path: str) -> Path:
    return Path(path).resolve().relative_to(ROOT)


def _run(sources: dict[Path, str], wanted: list[tuple[int, Trial]], tests: list[str], jobs: int) -> int:
    numbers = {trial: n for n, trial in wanted}
    verdicts: Counter[str] = Counter()
    begin, is_watched = monotonic(), sys.stderr.isatty()
    try:
        for file, mutant, verdict in judged(sources, [trial for _, trial in wanted], tests, jobs):
            verdicts[verdict] += 1
            if verdict == "survived":
                _say(f"survived {numbers[file, mutant]:5} {file}:{mutant.described(sources[file])}")
            if is_watched:
                sys.stderr.write(f"\r{verdicts.total()} of {len(wanted)}\r")
    except TrialError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    told = ", ".join(f"{verdicts[name]} {word}" for name, word in _WORDS.items() if verdicts[name])
    _say(f"{verdicts.total()} mutants: {told or 'none'}; {monotonic() - begin:.0f} s")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


_WORDS = {"killed": "killed", "timeout": "killed by the clock", "stillborn": "stillborn", "survived": "survived"}

if __name__ == "__main__":
    sys.exit(main())
