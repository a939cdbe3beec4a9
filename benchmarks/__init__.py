"""How fast the parts that carry the rest are, against what one would otherwise use.

Each module has a `main()` that measures everything in one run, so that its ratios hold on any machine, and
prints one small table. `python -m benchmarks` runs them all, `python -m benchmarks worktime` one of them.
"""
