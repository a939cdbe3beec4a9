"""The penalty as straight lines: the least that they allow is the penalty itself, at every balance that can be."""

from hypothesis import given
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from rotation.bend import Term, penalty_of
from rotation.tally import penalty

LOADS = st.lists(st.sampled_from([0, 19, 121, 143, 200, 250, 400, 600, 714, 800, 1000, 1071]), max_size=5)


@given(st.integers(-3000, 3000), LOADS, st.data())
def test_the_lines_allow_no_less_than_the_penalty(given_balance: int, loads: list[int], data: st.DataObject) -> None:
    cp = cp_model.CpModel()
    held = [cp.new_bool_var("") for _ in loads]
    cost = penalty_of(cp, given_balance, [Term(load, x, 1) for load, x in zip(loads, held, strict=True)])
    taken = [data.draw(st.booleans()) for _ in loads]
    for x, is_taken in zip(held, taken, strict=True):
        cp.add(x == is_taken)
    cp.minimize(cost)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(cp) == cp_model.OPTIMAL
    balance = given_balance + sum(load for load, is_taken in zip(loads, taken, strict=True) if is_taken)
    assert solver.objective_value == penalty(balance)


def test_terms_that_are_known_need_no_variable() -> None:
    assert penalty_of(cp_model.CpModel(), 500, [Term(300, 1, 1), Term(0, 1, 1)]) == penalty(800)
