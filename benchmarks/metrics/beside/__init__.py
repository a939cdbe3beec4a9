"""Each metric's question put plainly in pandas and in SQL, beside what Watchbill tells: a file for each."""

from importlib import import_module

from benchmarks.metrics.beside.plain import Question
from benchmarks.metrics.questions import asked

QUESTIONS: dict[str, Question] = {name: import_module(f"{__name__}.{name}").QUESTION for name in asked()}
