"""What of a signature must agree."""

from __future__ import annotations

import pytest

from hf_xlqa.reports.signature import shared_signature

FORM = "rule:mlqa|version:{version}|language:{language}|golds:{golds}|missing:{missing}|corpus:{corpus}"
SAME = {"version": "1.0", "language": "de", "golds": "all", "missing": "refuse", "corpus": "mlqa"}


def signature(**changes: str) -> str:
    return FORM.format(**SAME | changes)


def test_languages_are_joined() -> None:
    found = shared_signature({"a": signature(language="zh"), "b": signature(language="de+ar"), "c": signature()})
    assert found == signature(language="ar+de+zh")


@pytest.mark.parametrize("field", ["version", "golds", "missing", "corpus"])
def test_every_other_field_must_be_the_same(field: str) -> None:
    first, other = signature(), signature(**{field: "other"}, language="zh")
    with pytest.raises(ValueError) as caught:
        shared_signature({"a": first, "b": first, "c": other})
    assert f"but is {first} for a and {other} for c instead" in str(caught.value)


def test_a_rule_with_its_own_average_is_another() -> None:
    with pytest.raises(ValueError, match="`signature` must be the same, but for the language, for all 2"):
        shared_signature({"a": signature(), "b": f"{signature()}|average:languages"})
