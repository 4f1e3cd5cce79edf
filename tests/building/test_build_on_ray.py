"""The build as a Ray Data job on a local cluster of two workers: the plain build's bytes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tiny_builders import published

from hf_xlqa.building.run import build
from hf_xlqa.building.scripts import find

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_without_ray_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setitem(sys.modules, "ray", None)
    from build_on_ray import build_on_ray

    with pytest.raises(ImportError, match=r"needs Ray: pip install 'hf-xlqa\[cluster\]'"):
        build_on_ray("sample_permuted", tmp_path)


@pytest.mark.skipif(not os.environ.get("XLQA_CLUSTER"), reason="set XLQA_CLUSTER to start a cluster of two workers")
def test_the_files_are_those_of_the_plain_build(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from build_on_ray import build_on_ray

    build(find("sample_permuted"), [find("sample_permuted").configured()], tmp_path / "plain")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=10**8)
    try:
        assert build_on_ray("sample_permuted", tmp_path / "cluster") == 24
        assert build_on_ray("sample_permuted", tmp_path / "cluster") == 0
    finally:
        ray.shutdown()
    assert published(tmp_path / "cluster") == published(tmp_path / "plain")
    assert len(published(tmp_path / "plain")) == 26
