"""The definitions page: what each metric of the catalogue asks, counts, ignores, times and leaves undefined.

`python -m metrics.definitions` writes the part between the two marks of README.md anew, from the docstrings.
"""

import re
from pathlib import Path

from metrics.catalogue import Metric, catalogue

PAGE = Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- written by python -m metrics.definitions -->", "<!-- until here -->"


def generated() -> str:
    """Every metric of the catalogue, in reading order."""
    return "\n".join(_section(metric) for metric in catalogue())


def _section(metric: Metric) -> str:
    told = re.split(r"^(Counts|Ignores|Clock|Undefined):", metric.definition, flags=re.MULTILINE)[1:]
    lines = [
        f"- **{word}.** {' '.join(text.split())[0].upper()}{' '.join(text.split())[1:]}"
        for word, text in zip(told[::2], told[1::2], strict=True)
    ]
    better = {"neither": ".", "lower": "; lower is better.", "higher": "; higher is better."}[metric.better]
    return "\n".join([f"### {metric.name}", "", f"{metric.question} In {metric.unit}{better}", "", *lines, ""])


def renewed(page: str) -> str:
    """The page with its generated part written anew."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{generated()}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
