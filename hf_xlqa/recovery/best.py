"""All methods of recovery, the surest first."""

from __future__ import annotations

from dataclasses import replace

from hf_xlqa.recovery.fuzzy import fuzzy
from hf_xlqa.recovery.recovery import Recovery, Unrecovered
from hf_xlqa.recovery.simple_match import simple_match
from hf_xlqa.recovery.tags import Unmarked, find_tagged


def best(
    context: str,
    answer: str,
    hint: float | None = None,
    *,
    tagged: Unmarked | None = None,
    max_edit_share: float = 1.0,
    minimum_f1: float = 0.85,
) -> Recovery | Unrecovered:
    """Finds an answer by the first method that succeeds: exact occurrence, tags, fuzzy, SimpleMatch.

    Of equally near spans, those that cut fewer words come first.

    Args:
        context: the changed context, the text to search.
        answer: the changed answer, its outer blanks left aside; where it is blank, the tagged text
            takes its place.
        hint: proportional position of the answer in the unchanged context, in [0, 1], or None.
        tagged: what `unmark` made of the context translated with tags around the answer, if it was.
        max_edit_share: most edits of `fuzzy`, as a share of the answer's length.
        minimum_f1: character-level F1 from which on a window of SimpleMatch stands for the answer; 0
            takes every window, as Cui et al. 2019 do. In alphabetic scripts an answer to another
            paragraph's question commonly reaches 0.75, and one in a hundred 0.88.

    Returns:
        The span with the method that found it ("exact", "tags", "fuzzy" or "simple_match"), or why
        there is none.

    Raises:
        ValueError: when the hint, `max_edit_share` or `minimum_f1` is not in [0, 1].
    """
    if not 0 <= minimum_f1 <= 1:
        raise ValueError(f"`minimum_f1` must be in [0, 1], but is {minimum_f1} instead.")
    answer = answer.strip()
    exact = fuzzy(context, answer, hint, whole_words=True) if answer and answer in context else None
    if exact:
        return replace(exact, method="exact")
    if tagged and (found := find_tagged(context, tagged)):
        return found
    if sought := answer or (tagged.answer if tagged else ""):
        if similar := fuzzy(context, sought, hint, max_edit_share=max_edit_share, whole_words=True):
            return similar
        window = simple_match(context, sought, hint)
        if window and window.score is not None and window.score >= minimum_f1:
            return window
    return Unrecovered(_reason(context, sought, tagged))


def _reason(context: str, answer: str, tagged: Unmarked | None) -> str:
    if not context.strip():
        return "blank context"
    reasons = ["no similar span" if answer else "blank answer"]
    if tagged:
        reasons.insert(0, tagged.fault or "tagged text not in the context")
    return ", ".join(reasons)
