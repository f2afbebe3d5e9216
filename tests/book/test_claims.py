"""Claims are complete, their exact values are exact, and verdicts follow from the rules."""

import json
import math
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from printed_gates import printed_gates

from dcl.book.claims import (
    ELSEWHERE,
    RULES,
    UNTESTED,
    Claim,
    Reached,
    find,
    judge,
    judge_other,
    load_claims,
)
from dcl.chapters import accuracy
from dcl.chapters.accuracy_plan import plan
from dcl.chapters.paper_architecture import SYSTEMS
from dcl.chapters.robustness import VARIANTS
from dcl.errors import InputError
from dcl.exact import ising_density_of_states, ising_thermodynamics
from dcl.files import file_hash
from dcl.lattice.hamiltonians import Ising
from dcl.runs.experiment import load_experiment
from dcl.runs.gates import check, write_gates
from dcl.runs.stages import STAGES

CLAIMS = [claim for section in load_claims().values() for claim in section]
JUDGEMENTS = ("agreed", "too strong", "imprecise", "outside")
NEEDS = {
    "at most": {"paper", "ours"},
    "limit": {"limit", "ours"},
    "below": {"than", "ours"},
    "factor": {"than", "limit", "ours"},
    "same": {"paper", "ours"},
    "gates": {"ours"},
    "judged": {"verdict", "reason"},
}
NUMBERS = files("dcl.book").joinpath("data", "paper_numbers.toml").read_text("utf-8")
QUANTITIES = tomllib.loads(NUMBERS)["quantities"].keys()
FOCUS = "ising/ednn/manifest:config.ednn.focus"


def exact(claim_start: str) -> str:
    """Return the exact value beside the one claim that starts with these words."""
    (value,) = [claim.exact for claim in CLAIMS if claim.claim.startswith(claim_start)]
    return str(value)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.claim[:40])
def test_a_claim_has_what_its_rule_needs(claim: Claim) -> None:
    assert NEEDS.keys() == RULES.keys()
    missing = {name for name in NEEDS[claim.rule] if not getattr(claim, name)}
    assert missing <= ({"ours"} if claim.other else set())
    assert claim.where
    assert (claim.verdict in JUDGEMENTS) == (claim.rule == "judged")


def keys(pattern: str) -> set[tuple[str, ...]]:
    """Return the groups of all keys of values that match."""
    every = {key for claim in CLAIMS for key in (*claim.ours, *claim.other, claim.than) if key}
    return {match.groups() for key in every if (match := re.fullmatch(pattern, key))}


def test_every_value_is_asked_for_by_a_name_that_runs_write() -> None:
    """A misspelt name would be 'not tested yet' for ever."""
    numbers = keys(r"[\w*-]+/metrics:(\w+)")
    assert {name for (name,) in numbers} <= QUANTITIES
    choices = keys(r"(\w+)/(\w+)/manifest:config\.(\w+)\.(\w+)")
    for experiment, stage, table, name in choices:
        config = STAGES[stage].config(load_experiment(experiment))
        assert config is not None
        assert name in config[table]
    archived = keys(r"artifacts/([\w-]+)/metrics:(\w+)")
    assert {name for _, name in archived} <= QUANTITIES
    trained = keys(r"artifacts/([\w-]+)/gru/manifest:config\.gru\.(\w+)")
    assert {name for _, name in trained} <= vars(load_experiment("ising").gru).keys()
    runs = {run for run, _ in archived | trained}
    assert runs == {f"{system}-gru_paper" for system in SYSTEMS}
    fits = keys(r"robustness/(.*)-\*/outcome:(rnn_rmse)")
    known = {variant for group in VARIANTS.values() for variant in group}
    assert {variant for variant, _ in fits} <= known
    assert len(numbers) + len(choices) + len(fits) > 0
    studied = keys(r"artifacts/accuracy/summary:([\w-]+)\.(\w+)")
    assert {study for study, _ in studied} <= {fit.study for fit in plan()}
    assert {number for _, number in studied} <= set(accuracy.NUMBERS)
    prefixed = keys(r"(artifacts/.*)")
    assert len(prefixed) == len(archived) + len(trained) + len(studied)
    assert keys(r"(?!.*(/metrics|/manifest|/outcome|/summary|/gates):).*") == set()


@pytest.mark.parametrize(("chapter", "gate"), sorted(keys(r"(\w+)/gates:(.*)")))
def test_every_gate_is_one_that_the_chapter_writes(chapter: str, gate: str) -> None:
    assert gate in printed_gates(chapter)


def test_numbers_of_the_paper_s_text_are_all_there() -> None:
    """Numbers in the text, captions and supplement, apart from those in `exact` and `claim`."""
    given = {float(c.paper) for c in CLAIMS if isinstance(c.paper, int | float)}
    given |= {bound for c in CLAIMS if isinstance(c.paper, list) for bound in c.paper}
    stated = {2.06, 1.47, 4, 2, 1, 5.12e7, 30 * 5.12e7, 8000, 1000, 378, 512, 2.5e-4, 5e-4, 4000}
    assert stated | {0.9, 1.92e6, 60} <= given


def test_the_exact_numbers_of_states_and_levels() -> None:
    energies, multiplicities = ising_density_of_states(8)
    entropy = float(ising_thermodynamics(8, [4.0]).entropy[0])
    assert f"{sum(multiplicities):.3g}".replace("e+", "e") in exact("Probabilities cannot")
    assert f"{math.exp(entropy):.3g}".replace("e+", "e") in exact("Probabilities cannot")
    assert exact("8000 test") == f"{len(energies)} levels: {8000 * len(energies)}"
    assert exact("At the extremes") == f"{multiplicities[0]} ground states"


def test_the_exact_number_of_ground_states_among_the_paper_s_snapshots() -> None:
    free_energy = float(ising_thermodynamics(8, [4.0]).free_energy[0])
    ground = 2 * math.exp((free_energy - (-2 * 64 * Ising().coupling)) / 4.0)
    assert f"{5.12e7 * ground:.1f} times" in exact("Test and training")


def verdict(rule: str, value: float | str, **fields: object) -> str:
    """Judge a value against 1."""
    claim = Claim("Fig. 0", "a claim", rule, ours=("ising/metrics:x",), **fields)  # type: ignore[arg-type]
    return judge(claim, [Reached(value, value, value, 1)], Reached(1.0, 1.0, 1.0, 1))


@pytest.mark.parametrize(
    ("rule", "fields", "best", "worst"),
    [
        ("at most", {"paper": 2.0}, 2.0, 2.1),
        ("limit", {"limit": 0.5}, 0.5, 0.51),
        ("below", {"than": "ising/metrics:y"}, 0.99, 1.0),
        ("factor", {"than": "ising/metrics:y", "limit": 2}, 0.5, 0.49),
        ("factor", {"than": "ising/metrics:y", "limit": 2}, 2.0, 2.1),
    ],
)
def test_a_measured_claim_is_reproduced_up_to_its_bound(
    rule: str, fields: dict[str, object], best: float, worst: float
) -> None:
    assert verdict(rule, best, **fields) == "reproduced"
    assert verdict(rule, worst, **fields) == "not reproduced"


def test_a_neighbour_s_claim_is_reproduced_if_all_its_gates_are_met(tmp_path: Path) -> None:
    claim = Claim("", "", "gates", ours=("12_a/gates:gap", "12_a/gates:T = 0.5: jump"))
    for gap, expected in ((0.01, "reproduced"), (0.02, "not reproduced")):
        gates = check({"gap": (gap, "<= 0.01"), "T = 0.5: jump": (3, ">= 2")})
        write_gates("12_a", "quick", gates, tmp_path)
        assert find(claim, tmp_path / "results" / "quick").verdict == expected
    write_gates("12_a", "quick", {"gap": gates["gap"]}, tmp_path)
    assert find(claim, tmp_path / "results" / "quick").verdict == "not tested yet"


def test_a_claim_that_only_another_method_tests_is_not_called_reproduced() -> None:
    claim = Claim("", "", "at most", 2.0, other=("ising/metrics:masked_rmse",))
    assert judge(claim, [], None) == ELSEWHERE
    for value, expected in ((2.0, "reached"), (2.1, "not reached")):
        assert judge_other(claim, Reached(value, value, value, 1)) == expected


def test_choices_are_the_same_or_different() -> None:
    assert verdict("same", 400.0, paper=[378, 512]) == "same"
    assert verdict("same", 64.0, paper=[378, 512]) == "different"
    assert verdict("same", "32, 64", paper="32, 64") == "same"
    assert verdict("same", 2.0, paper=4.0) == "different"


def test_values_come_from_metrics_and_manifests_and_runs_are_summed_up(tmp_path: Path) -> None:
    for number, rmse in enumerate([0.3, 0.5, 0.1]):
        folder = tmp_path / f"ising-snake-{number}"
        folder.mkdir()
        (folder / "metrics.json").write_text(json.dumps({"rnn_rmse": rmse}))
    stage = tmp_path / "ising" / "ednn"
    stage.mkdir(parents=True)
    (stage / "manifest.json").write_text('{"config": {"ednn": {"hidden": [32, 64], "focus": 2}}}')
    claim = Claim("", "", "limit", ours=("ising-snake*/metrics:rnn_rmse", FOCUS), limit=2)
    found = find(claim, tmp_path)
    assert found.ours == (Reached(0.3, 0.1, 0.5, 3), Reached(2, 2, 2, 1))
    assert found.verdict == "reproduced"
    hidden = Claim("", "", "same", paper="32, 64", ours=("ising/ednn/manifest:config.ednn.hidden",))
    assert find(hidden, tmp_path).verdict == "same"


def test_a_claim_with_one_run_missing_is_not_tested_yet(tmp_path: Path) -> None:
    (tmp_path / "ising").mkdir()
    (tmp_path / "ising" / "metrics.json").write_text('{"rnn_rmse": 0.1}')
    both = Claim(
        "", "", "limit", ours=("ising/metrics:rnn_rmse", "potts/metrics:rnn_rmse"), limit=1
    )
    against = Claim(
        "", "", "below", ours=("ising/metrics:rnn_rmse",), than="ising/metrics:ednn_rmse"
    )
    assert find(both, tmp_path).verdict == "not tested yet"
    assert find(against, tmp_path).verdict == "not tested yet"


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    """Archive a run with an RMSE of 3 J after 1000 configurations."""
    folder = tmp_path / "artifacts" / "ising-gru_paper"
    (folder / "gru").mkdir(parents=True)
    numbers = {"rnn_rmse": 3.0, "configurations_seen": 1000.0}
    (folder / "metrics.json").write_text(json.dumps(numbers))
    (folder / "gru" / "manifest.json").write_text('{"config": {"gru": {"units": 378}}}')
    names = ("metrics.json", "gru/manifest.json")
    hashes = {name: file_hash(folder / name) for name in names}
    (folder / "hashes.json").write_text(json.dumps(hashes))
    return tmp_path / "artifacts"


ARCHIVED = "artifacts/ising-gru_paper/metrics:rnn_rmse"


def test_values_of_archived_runs_are_found_in_every_profile(
    artifacts: Path, tmp_path: Path
) -> None:
    units = "artifacts/ising-gru_paper/gru/manifest:config.gru.units"
    found = find(Claim("", "", "same", [378, 512], ours=(units,)), tmp_path, artifacts)
    assert (found.ours, found.verdict) == ((Reached(378, 378, 378, 1),), "same")
    rmse = Claim("", "", "at most", 3.0, ours=(ARCHIVED,))
    assert find(rmse, tmp_path, artifacts).verdict == "reproduced"
    for elsewhere in (None, tmp_path):
        assert find(rmse, tmp_path, elsewhere).verdict == "not tested yet"


def test_a_changed_archive_is_refused(artifacts: Path, tmp_path: Path) -> None:
    (artifacts / "ising-gru_paper" / "gru" / "manifest.json").write_text("{}")
    claim = Claim("", "", "at most", 2.06, ours=(ARCHIVED,))
    with pytest.raises(InputError, match=r"gru/manifest\.json: found \w{64}, expected \w{64}$"):
        find(claim, tmp_path, artifacts)


@pytest.mark.parametrize(
    ("paper", "budget", "expected"),
    [
        (2.06, None, "not reproduced"),
        (2.06, 1000.0, "not reproduced"),
        (2.06, 1001.0, UNTESTED),
        (3.0, 1001.0, "reproduced"),
    ],
)
def test_falling_short_counts_only_with_the_claim_s_budget(
    artifacts: Path, tmp_path: Path, paper: float, budget: float | None, expected: str
) -> None:
    claim = Claim("", "", "at most", paper, ours=(ARCHIVED,), budget=budget)
    assert find(claim, tmp_path, artifacts).verdict == expected
