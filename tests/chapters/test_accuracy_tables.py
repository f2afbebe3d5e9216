"""Tables of the accuracy study: medians where there are fits, and no line without any."""

from dcl.chapters.accuracy_tables import (
    SEQUENCE_HEADS,
    pair_lines,
    sequence_lines,
    series_lines,
)

ROW = {"system": "ising", "method": "gru", "snapshots": 1000, "temperature": 4.0, "seconds": 60.0}


def fits(method, *errors, **fields):
    number = {"fit_seconds": 120.0, "rnn_kl_nats": 0.5}
    return [{**ROW, **number, "method": method, "rnn_rmse": error, **fields} for error in errors]


def test_a_series_has_its_median_and_a_gap_where_nothing_was_fitted():
    rows = fits("gru", 1.0, 2.0, 6.0) + fits("gru", 0.5, snapshots=10_000)
    (line,) = series_lines(rows, "ising", (1000, 5000, 10_000))
    assert line == ["GRU", "symmetries", "2.000", "", "0.500", "3, 1"]


def test_another_system_has_no_line():
    assert series_lines(fits("gru", 1.0), "potts", (1000,)) == []


def test_pairs_stand_beside_the_fit_where_both_were_made():
    rows = fits("direct", 0.0, ednn_rmse=0.5) + fits("pairwise", 0.0, pairwise_rmse=2.0)
    rows += fits("direct", 0.0, ednn_rmse=0.25, snapshots=10_000)
    expected = [["ising", "1,000", "0.500", "2.000"], ["ising", "10,000", "0.250", ""]]
    assert pair_lines(rows, ["ising", "potts"]) == expected


def test_sequence_models_are_in_the_order_asked_for_and_others_left_out():
    rows = fits("masked", 1.0, ednn_rmse=0.25) + fits("gru", 3.0) + fits("gru", 9.0, snapshots=5)
    lines = sequence_lines(rows, ["ising", "potts"], ["gru", "masked", "transformer"], 1000)
    assert lines == [
        ["ising", "gru", "1", "2.0", "3.000", "0.5000", ""],
        ["ising", "masked", "1", "2.0", "1.000", "0.5000", "0.250"],
    ]
    assert all(len(line) == len(SEQUENCE_HEADS) for line in lines)
