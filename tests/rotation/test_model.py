"""What may be chosen in the solver's model: everything, what a group shares out anew, or what is settled."""

from ortools.sat.python import cp_model

from rotation.draft import Draft
from rotation.model import Model
from rotation.tally import Tally
from tests.rotation.problems import team, week

BEFORE = {week(0): ("Ana",), week(1): ("Bo",), week(2): ("Cy",)}


def asked(model: Model, draft: Draft) -> dict[str, tuple[str, ...]]:
    """The plan with the fewest wishes unmet of those that the model allows, every seat being taken."""
    model.cap("uncovered", 0)
    model.seek("preferences", 100, draft.on)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model.cp) == cp_model.OPTIMAL
    return model.read(solver.response_proto.solution)


def wishing() -> tuple[Model, Draft]:
    """Everybody would rather have somebody else's week."""
    wishes = [("Ana", 1), ("Bo", 2), ("Cy", 0)]
    preferences = [{"person": who, "wish": "wants", "shift": week(n)} for who, n in wishes]
    tally = Tally(team("Ana", "Bo", "Cy", weeks=3, preferences=preferences))
    return Model(tally), Draft(tally, BEFORE)


def test_everybody_may_share_out_everything() -> None:
    model, draft = wishing()
    assert asked(model, draft) == {week(0): ("Cy",), week(1): ("Ana",), week(2): ("Bo",)}


def test_a_group_shares_out_only_what_it_holds() -> None:
    model, draft = wishing()
    model.among({0, 1}, draft.on)
    assert asked(model, draft) == {week(0): ("Bo",), week(1): ("Ana",), week(2): ("Cy",)}


def test_after_a_group_everybody_may_again() -> None:
    model, draft = wishing()
    model.among({0, 1}, draft.on)
    model.among_all()
    assert asked(model, draft)[week(0)] == ("Cy",)


def test_what_is_settled_binds_groups_and_everybody_until_something_else_is() -> None:
    model, draft = wishing()
    model.restrict([(0, 0)], [(1, 2)])
    model.among_all()
    assert asked(model, draft) == {week(0): ("Ana",), week(1): ("Ana",), week(2): ("Cy",)}
    model.restrict([], [])
    model.among_all()
    assert asked(model, draft)[week(0)] == ("Cy",)
