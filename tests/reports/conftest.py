"""What tests of pictures share."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are written while a test runs."""
    figures: list[Figure] = []
    write = Figure.savefig

    def keep(figure: Figure, *args: Any, **kwargs: Any) -> None:
        figures.append(figure)
        write(figure, *args, **kwargs)

    monkeypatch.setattr(Figure, "savefig", keep)
    return figures
