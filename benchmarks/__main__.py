"""Run the benchmarks named on the command line, or all of them."""

import pkgutil
import sys
from importlib import import_module

import benchmarks

NOT_MEASURING = ("__main__", "synthetic")  # the second makes the stores that others measure


def main(wanted: list[str]) -> None:
    """Run each wanted benchmark, in alphabetical order when none is named."""
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in NOT_MEASURING]
    for name in wanted or names:
        if name not in names:
            raise SystemExit(f"No benchmark {name!r}: there are {', '.join(names)}.")
        print(f"\n{name}")
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
