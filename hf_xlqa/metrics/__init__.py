"""Official scoring rules, one a file; `load_metric(NAME)` names the file, and so does `evaluate.load(PATH)`."""

from __future__ import annotations

from typing import Any

from hf_xlqa.plugins import find

SHARED = ("span_metric", "overlap", "contiguous", "characters", "punctuation")


def load_metric(name: str, **kwargs: Any) -> Any:
    """The rule of `metrics/<name>.py`, ready to compute.

    Args:
        name: a rule, such as "squad" or "mlqa".
        kwargs: arguments of `SpanMetric` (`config_name`, `language`, `golds`, `missing`, `corpus`) and of
            `evaluate.Metric`.

    Raises:
        ValueError: when there is no such rule (the message lists those there are) or an argument is out of range.

    >>> load_metric("mlqa", language="zh").score("（美国）", ["美国"])
    (1.0, 1.0)
    """
    return find("metrics", name)(**kwargs)
