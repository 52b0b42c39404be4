"""Policies on disk: what is read is what was written, and anything else is refused in words."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replenish.errors import ReplenishError, UsageError
from replenish.multistage import Iterations, Model, Policy, Work, load_policy, resume, train
from replenish.multistage.problems import get
from replenish.multistage.problems.hydro import hydro
from replenish.multistage.problems.newsvendor import newsvendor
from replenish.multistage.training import store


def _train(model: Model, iterations: int = 8, **options: Any) -> Policy:
    return train(model, iterations=iterations, stopping=Iterations(iterations), **options)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("policies") / "hydro.npz"
    _train(hydro(4)).save(file)
    return file


@pytest.mark.parametrize(
    ("name", "cuts"), [("hydro-4", "single"), ("valley-cvar", "multi"), ("mccardle-farm", "grouped")]
)
def test_a_policy_comes_back_as_it_was(name: str, cuts: str, tmp_path: Path) -> None:
    policy = _train(get(name).build(), cuts=cuts, seed=3, work=Work(lanes=2))
    policy.save(tmp_path / "policy.npz")
    again = load_policy(get(name).build(), tmp_path / "policy.npz")
    assert again.rows == policy.rows
    assert [one.tolist() for one in again.first] == [one.tolist() for one in policy.first]
    assert again.ended == "loaded"
    assert (again.trainer.seed, again.trainer.work.lanes, again.prepared.cuts) == (3, 2, cuts)
    for old, new in zip(policy.prepared.tables.pools, again.prepared.tables.pools, strict=True):
        assert old.count == new.count
        for part in ("level", "of", "is_sure", "iteration", "trial", "state"):
            np.testing.assert_array_equal(getattr(old, part)[: old.count], getattr(new, part)[: old.count])
        np.testing.assert_array_equal(old.slope[:, : old.count], new.slope[:, : old.count])
    assert again.simulate(20).total.tobytes() == policy.simulate(20).total.tobytes()
    assert [path.name for path in tmp_path.iterdir()] == ["policy.npz"]


def test_training_goes_on_from_a_file(saved: Path) -> None:
    policy = load_policy(hydro(4), saved)
    before = policy.bound
    resume(policy, iterations=50, stopping=Iterations(50))
    bounds = [row.bound for row in policy.rows]
    assert [row.iteration for row in policy.rows] == list(range(1, 59))
    assert bounds == sorted(bounds)
    assert bounds[7] == before
    assert policy.bound == pytest.approx(45.8333333)
    assert policy.is_proven
    seconds = [row.seconds for row in policy.rows]
    assert seconds == sorted(seconds)


def test_a_file_is_replaced_whole(saved: Path, tmp_path: Path) -> None:
    file = tmp_path / "policy.npz"
    file.write_text("old")
    load_policy(hydro(4), saved).save(file)
    assert load_policy(hydro(4), file).bound == load_policy(hydro(4), saved).bound


def _without_floor() -> Model:
    model = hydro(4)
    model.bounds["1"] = 0.0
    return model


@pytest.mark.parametrize("build", [lambda: hydro(5), _without_floor, newsvendor, get("hydro-2").build])
def test_a_policy_of_another_model_is_refused(build: Callable[[], Model], saved: Path) -> None:
    with pytest.raises(UsageError, match=r"belongs to another model .*; train anew"):
        load_policy(build(), saved)


def test_what_is_no_policy_is_refused(saved: Path, tmp_path: Path) -> None:
    text, empty, other = (tmp_path / name for name in ("text.npz", "empty.npz", "other.npz"))
    text.write_text("hello")
    empty.write_bytes(b"")
    np.savez(other, level=np.zeros(3))
    for file in (text, empty, other, tmp_path):
        with pytest.raises(UsageError, match="not a saved policy"):
            load_policy(hydro(4), file)
    with pytest.raises(UsageError, match="no such file"):
        load_policy(hydro(4), tmp_path / "none.npz")


def test_a_damaged_file_is_refused_or_read_right(saved: Path, tmp_path: Path) -> None:
    data, file, dice = saved.read_bytes(), tmp_path / "damaged.npz", random.Random(4)
    sound = load_policy(hydro(4), saved)
    refused = 0
    for trial in range(80):
        broken = bytearray(data)
        if trial % 4 == 0:
            broken = broken[: dice.randrange(len(data))]
        else:
            broken[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        file.write_bytes(bytes(broken))
        try:
            assert load_policy(hydro(4), file).rows == sound.rows
        except ReplenishError:
            refused += 1
    assert refused > 50


def _rewritten(saved: Path, file: Path, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> None:
    with np.load(saved) as opened:
        arrays = dict(opened)
    about = json.loads(arrays["about"].tobytes())
    change(arrays, about)
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez_compressed(file, **arrays)


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays, about: about.update(format=2), lambda arrays, about: about.update(cuts="double"),
        lambda arrays, about: about.update(lanes=0), lambda arrays, about: about.update(lanes="4"),
        lambda arrays, about: about.update(seed=None), lambda arrays, about: about.update(iteration=-1),
        lambda arrays, about: about.update(rows=[[1, 2.0]]), lambda arrays, about: about.pop("rows"),
        lambda arrays, about: arrays.pop("1/slope"), lambda arrays, about: arrays.update({"1/of": arrays["1/of"] + 1}),
        lambda arrays, about: arrays.update({"1/level": arrays["1/level"] * np.nan}),
        lambda arrays, about: arrays.update({"1/slope": arrays["1/slope"] * np.inf}),
        lambda arrays, about: arrays.update({"1/slope": arrays["1/slope"].T}),
        lambda arrays, about: arrays.update({"1/level": arrays["1/level"].astype(str)}),
        lambda arrays, about: arrays.update({"1/is_sure": arrays["1/is_sure"][1:]}),
    ],
)  # fmt: skip
def test_contents_that_do_not_fit_are_refused(
    change: Callable[[dict[str, Any], dict[str, Any]], object], saved: Path, tmp_path: Path
) -> None:
    file = tmp_path / "changed.npz"
    _rewritten(saved, file, change)
    with pytest.raises(UsageError, match="not a saved policy"):
        load_policy(hydro(4), file)


def test_pickled_objects_are_never_read(saved: Path, tmp_path: Path) -> None:
    file = tmp_path / "pickle.npz"
    _rewritten(saved, file, lambda arrays, about: arrays.update({"1/level": np.array([print] * 8, object)}))
    with pytest.raises(UsageError, match="not a saved policy"):
        load_policy(hydro(4), file)


def test_a_file_that_unpacks_to_too_much_is_not_read(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_BYTES", 1_000)
    with pytest.raises(UsageError, match="unpacks to more than"):
        load_policy(hydro(4), saved)


def test_an_array_that_claims_a_huge_size_is_refused(saved: Path, tmp_path: Path) -> None:
    file, head = tmp_path / "huge.npz", io.BytesIO()
    claim = {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
    np.lib.format.write_array_header_1_0(head, claim)  # type: ignore[no-untyped-call, unused-ignore]
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, head.getvalue() if name == "1/level.npy" else old.read(name))
    with pytest.raises(UsageError, match="not a saved policy"):
        load_policy(hydro(4), file)
