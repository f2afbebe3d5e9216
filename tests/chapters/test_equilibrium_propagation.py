"""The gates of the chapter at reduced size, and the wrong builds that must not pass them."""

import functools

import numpy as np
import pytest
from scipy import sparse

from dcl.chapters import cluster_chain, equilibrium_propagation, response_gradients
from dcl.chapters.equilibrium_propagation import (
    cluster_ising,
    contrast,
    ground_state,
    kubo_gradient,
    pauli,
    periodic_energy,
    qep_gradient,
    sensor_hamiltonian,
    sensor_operators,
    sensor_outputs,
    shot_noise,
    squared_error,
    train_sensor,
)
from dcl.errors import InputError

N = 4
OPERATORS, OUTPUT = sensor_operators(N)
THETA = 0.5 * np.random.default_rng(1).normal(size=len(OPERATORS))
H = sensor_hamiltonian(THETA, 0.5, 0.1)
TARGET = 1.0
BETAS = np.geomspace(1e-2, 1e-4, 5)
FIELDS = np.arange(0.05, 2.01, 0.05)


def mean(operator, hamiltonian):
    vector = ground_state(hamiltonian)[1]
    return float(vector @ (operator @ vector))


def central(function, step=1e-5):
    return (function(step) - function(-step)) / (2 * step)


def loss_gradient():
    """Derivatives of the loss by every parameter, from central differences."""
    return np.array(
        [central(lambda d, a=a: (mean(OUTPUT, H + d * a) - TARGET) ** 2 / 2) for a in OPERATORS]
    )


def kubo_off(module):
    exact = module.kubo_gradient(H, OPERATORS, OUTPUT, TARGET)
    return np.abs(exact - loss_gradient()).max()


def slope(module, two_sided):
    """Exponent of the error against beta, from the linear response of the right module."""
    exact = kubo_gradient(H, OPERATORS, OUTPUT, TARGET)
    errors = [
        np.linalg.norm(module.qep_gradient(H, OPERATORS, OUTPUT, TARGET, b, two_sided) - exact)
        for b in BETAS
    ]
    return np.polyfit(np.log(BETAS), np.log(errors), 1)[0]


def chain_off(module):
    """Largest distance from the free fermions' energy."""
    return max(
        abs(ground_state(module.cluster_ising(n, h1, 0.0, True))[0] - periodic_energy(n, h1))
        for n in (4, 6, 8)
        for h1 in (0.2, 1.0, 1.8)
    )


def matrix_off(module):
    """Largest distance of the open and the closed chain from Kronecker products."""
    x, z, one = np.array([[0, 1], [1, 0]]), np.diag([1, -1]), np.eye(2)
    off = []
    for periodic in (False, True):
        expected = np.zeros((16, 16))
        for i in range(4):
            places = [one] * 4
            places[i] = 0.7 * x
            expected -= functools.reduce(np.kron, places)
            if periodic or i < 3:
                places[(i + 1) % 4] = 0.3 / 0.7 * x
                expected -= functools.reduce(np.kron, places)
            if periodic or i in (1, 2):
                places = [one] * 4
                places[i], places[i - 1], places[(i + 1) % 4] = x, z, z
                expected -= functools.reduce(np.kron, places)
        off.append(np.abs(module.cluster_ising(4, 0.7, 0.3, periodic) - expected).max())
    return max(off)


def final_loss(module):
    """Loss after training, infinite where a ground state or a nudge is refused on the way."""
    try:
        return module.train_sensor(N, steps=40).losses[-1]
    except InputError:
        return np.inf


def test_linear_response_is_the_gradient_by_finite_differences():
    assert kubo_off(response_gradients) <= 1e-7


def test_reciprocity_output_by_parameter_equals_operator_by_nudge():
    for operator in OPERATORS:
        forward = central(lambda d, a=operator: mean(OUTPUT, H + d * a))
        backward = central(lambda d, a=operator: mean(a, H + d * OUTPUT))
        assert abs(forward - backward) <= 1e-7


@pytest.mark.parametrize(("two_sided", "order"), [(False, 1), (True, 2)])
def test_the_error_has_the_order_of_the_estimate(two_sided, order):
    assert abs(slope(response_gradients, two_sided) - order) <= 0.05


def test_energies_of_the_closed_chain_are_those_of_free_fermions():
    assert chain_off(cluster_chain) < 1e-8


def test_the_chain_is_a_sum_of_kronecker_products():
    assert matrix_off(cluster_chain) < 1e-12


def test_an_open_chain_called_closed_misses_the_energy(wrong_build):
    right = "range(N) if periodic else range(1, N - 1)"
    assert chain_off(wrong_build(cluster_chain, right, "range(1, N - 1)")) > 1e-8


def test_lanczos_iterations_find_the_energy_of_free_fermions():
    energy, vector, _ = ground_state(cluster_ising(10, 0.5, 0.0, True))
    assert vector.shape == (1024,)
    assert abs(energy - periodic_energy(10, 0.5)) < 1e-8


def test_a_chain_of_odd_length_lies_above_the_free_fermions_of_both_sectors():
    assert abs(ground_state(cluster_ising(5, 0.3, 0.0, True))[0] + 5.11250543) < 1e-7
    with pytest.raises(InputError, match="N: found 5, expected an even number"):
        periodic_energy(5, 0.3)


def test_the_open_chain_is_nearly_degenerate():
    assert round(ground_state(cluster_ising(6, 0.2, 0.0))[2], 5) == 0.01536


def test_a_pauli_string_is_the_kronecker_product():
    x, z, one = np.array([[0, 1], [1, 0]]), np.diag([1, -1]), np.eye(2)
    expected = np.kron(np.kron(z, one), x)
    np.testing.assert_array_equal(pauli(3, {0: "Z", 2: "X"}).toarray(), expected)


@pytest.fixture(scope="module")
def trained():
    return train_sensor(N)


def test_a_trained_sensor_tells_the_phases(trained):
    theta, losses = trained
    outputs, _ = sensor_outputs(theta, [(h1, 0.0) for h1 in FIELDS])
    assert losses[-1] < 0.01
    assert (outputs[FIELDS < 0.501] > 0.9).all()
    assert (outputs[FIELDS > 1.199] < -0.9).all()
    assert 0.5 <= FIELDS[np.argmax(outputs < 0)] <= 1.2


def test_unsupervised_training_makes_the_output_sensitive_to_the_field():
    losses = train_sensor(N, [(0.8, 0.0), (1.2, 0.0)], contrast, steps=30).losses
    assert abs(losses[0]) < 0.1
    assert losses[-1] < -1.9


def test_shot_noise_is_the_spread_of_simulated_measurements():
    """Bound of five standard errors, 14 parameters: a false alarm below 1e-5."""
    beta, shots, repeats = 0.01, 1000, 4000
    eps = mean(OUTPUT, H) - TARGET
    rng = np.random.default_rng(0)
    for two_sided in (False, True):
        phases = [beta * eps, -beta * eps if two_sided else 0.0]
        means = [[mean(a, H + nu * OUTPUT) for a in OPERATORS] for nu in phases]
        up = rng.binomial(shots, (1 + np.array(means)) / 2, (repeats, 2, len(OPERATORS)))
        measured = np.diff(2 * up / shots - 1, axis=1)[:, 0] / (beta * (1 + two_sided))
        expected = shot_noise(H, OPERATORS, OUTPUT, TARGET, beta, two_sided, shots)
        ratio = measured.std(axis=0) / expected
        assert (abs(ratio - 1) < 5 / np.sqrt(2 * repeats)).all()


@pytest.mark.parametrize("loss", [squared_error([1, -1]), contrast])
def test_losses_have_their_own_derivatives(loss):
    outputs = np.array([0.3, -0.4])
    moved = [central(lambda d, i=i: loss(outputs + d * np.eye(2)[i])[0]) for i in range(2)]
    np.testing.assert_allclose(loss(outputs)[1], moved, atol=1e-9)


def test_the_same_seed_trains_the_same_sensor():
    np.testing.assert_array_equal(train_sensor(N, steps=3).theta, train_sensor(N, steps=3).theta)


WRONG_LINEAR_RESPONSE = {
    "one of two orders of perturbation": ("[-2 * np.vdot", "[-1 * np.vdot"),
    "energies instead of excitations": ("(energies[1:] - energies[0])", "energies[1:]"),
    "gradient of the output, not of the loss": ("eps * np.array", "np.array"),
}


@pytest.mark.parametrize("mistake", WRONG_LINEAR_RESPONSE.values(), ids=WRONG_LINEAR_RESPONSE)
def test_a_wrong_linear_response_fails(mistake, wrong_build):
    assert kubo_off(wrong_build(response_gradients, *mistake)) > 1e-7


WRONG_ESTIMATES = {
    "wrong sign": ("(nudged - other)", "(other - nudged)"),
    "nudge without eps": ("H + beta * eps * output", "H + beta * output"),
    "one side called two": ("    if two_sided:\n", "    if False:\n"),
    "step of one side": ("2 * beta if two_sided", "beta if two_sided"),
}


@pytest.mark.parametrize("mistake", WRONG_ESTIMATES.values(), ids=WRONG_ESTIMATES)
def test_a_wrong_estimate_fails(mistake, wrong_build):
    assert abs(slope(wrong_build(response_gradients, *mistake), two_sided=True) - 2) > 0.05


WRONG_CHAINS = {
    "no cluster term": ('"Z", i: "X", (i + 1) % N: "Z"}', '"Z", i: "X"}'),
    "open ends": ("range(N) if periodic else range(1, N - 1)", "range(1, N - 1)"),
    "field of the other sign": ("[h1 * pauli", "[-h1 * pauli"),
    "energies upside down": ("(-sum(", "(sum("),
    "no coupling": ("[h2 * pauli", "[0 * pauli"),
}


@pytest.mark.parametrize("mistake", WRONG_CHAINS.values(), ids=WRONG_CHAINS)
def test_a_wrong_chain_fails(mistake, wrong_build):
    assert matrix_off(wrong_build(cluster_chain, *mistake)) > 1e-8


WRONG_TRAINING = {
    "up the loss": ("theta -= rate", "theta += rate"),
    "eps of the other sign": ("value - eps,", "value + eps,"),
}


@pytest.mark.parametrize("mistake", WRONG_TRAINING.values(), ids=WRONG_TRAINING)
def test_a_wrong_training_fails(mistake, trained, wrong_build):
    assert trained.losses[40] < 0.01
    assert final_loss(wrong_build(equilibrium_propagation, *mistake)) > 0.01


NOT_HERMITIAN = sparse.csr_array(np.triu(np.ones(H.shape)))


def test_dense_matrices_have_the_same_gradient():
    X, Z = np.array([[0.0, 1.0], [1.0, 0.0]]), np.diag([1.0, -1.0])
    H = -3 * X - 4 * Z  # <Z> = 4 / 5, and d<Z> / dtheta of theta X is 3 * 4 / 5^3
    assert ground_state(H.tolist())[::2] == pytest.approx((-5, 10))
    assert kubo_gradient(H, [X], Z, 0) == pytest.approx([0.8 * 12 / 125], abs=1e-12)
    assert qep_gradient(H, [X], Z, 0, 1e-6, True) == pytest.approx([0.8 * 12 / 125], abs=1e-8)


@pytest.mark.parametrize("function", [qep_gradient, kubo_gradient])
@pytest.mark.parametrize(
    ("hamiltonian", "operators", "output", "message"),
    [
        (H, [OUTPUT, NOT_HERMITIAN], OUTPUT, r"operators\[1\]: found a matrix that is not Herm"),
        (H, OPERATORS, NOT_HERMITIAN, "output: found a matrix that is not Hermitian"),
        (NOT_HERMITIAN, OPERATORS, OUTPUT, "H: found a matrix that is not Hermitian"),
        (sparse.csr_array(OUTPUT), OPERATORS, OUTPUT, "H: found a gap of 0, expected a unique"),
    ],
)
def test_matrices_that_cannot_be_are_refused(function, hamiltonian, operators, output, message):
    beta = {"beta": 1e-4} if function is qep_gradient else {}
    with pytest.raises(InputError, match=f"^{message}"):
        function(hamiltonian, operators, output, TARGET, **beta)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: qep_gradient(H, OPERATORS, OUTPUT, 1.0, 0.0), "beta: found 0, expected a pos"),
        (lambda: qep_gradient(H, OPERATORS, OUTPUT, 1.0, -1e-3), "beta: found -0.001, expected"),
        (lambda: qep_gradient(H, OPERATORS, OUTPUT, 1.0, 0.1), "beta: found 0.1 at .* of the gap"),
        (lambda: cluster_ising(2, 1.0, 0.0), "N: found 2, expected a whole number, 3"),
        (lambda: cluster_ising(4, np.nan, 0.0), "h1: found nan, expected finite"),
        (lambda: ground_state(cluster_ising(6, 0.0, 0.0)), "H: found a gap of .*unique ground"),
        (lambda: train_sensor(N, steps=0), "steps: found 0, expected a whole"),
        (lambda: train_sensor(N, [[0.2, 0.0]]), "fields: found 1 inputs, expected 2"),
        (lambda: train_sensor(N, [0.2, 1.8]), r"fields: found shape \(2,\), expected"),
        (lambda: train_sensor(N, start=np.ones(5)), r"start: found shape \(5,\), expected"),
        (lambda: qep_gradient(H, [np.eye(2)], OUTPUT, 1.0, 1e-4), r"operators\[0\]: found shape"),
        (lambda: kubo_gradient(H, OPERATORS, OUTPUT, np.nan), "target: found nan, expected"),
    ],
)
def test_mistakes_are_named_in_one_line(call, message):
    with pytest.raises(InputError, match=f"^{message}") as caught:
        call()
    assert "\n" not in str(caught.value)
