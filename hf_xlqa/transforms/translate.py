"""A corpus in another language by machine translation, with its answers found again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from random import Random
from typing import Any, Literal, NamedTuple, get_args

from hf_xlqa.messages import check_choice, first_few
from hf_xlqa.recovery.best import best
from hf_xlqa.recovery.fuzzy import fuzzy
from hf_xlqa.recovery.recovery import Recovery, Unrecovered, most_edits, proportional_position
from hf_xlqa.recovery.report import RecoveryReport
from hf_xlqa.recovery.simple_match import simple_match
from hf_xlqa.recovery.tags import Unmarked, find_tagged, mark, unmark
from hf_xlqa.schema import Answer, Example
from hf_xlqa.transforms.text_transform import PARAGRAPHS_KEPT, PARTS, Part, check_language
from hf_xlqa.transforms.transform import Dropped, Transform
from hf_xlqa.translation.backend import TranslationError, Translator, innermost, translate_checked
from hf_xlqa.translation.parallel_files import ParallelFiles
from hf_xlqa.translation.sentences import SentenceTranslator, sentence_spans

Method = Literal["tags", "fuzzy", "simple_match", "best", "given"]
"""How answers are found again; see the files of recovery/."""

_Outcome = Recovery | Unrecovered
_Span = tuple[int, int]

_FOUND, _LOST, _EDITS, _CUT = "answers found by ", "answers lost: ", "answers with edits: ", "answers that cut a word"
_BLANK = "blank answer"
_IDS_SHOWN = 5


class _Wanted(NamedTuple):
    """A text to translate, as it is or with tags around an answer.

    Args:
        text: what is translated.
        untagged: the text without the tags.
        answer: the span of `untagged` in tags.
        tag: name of the tags, "" where there are none.
    """

    text: str
    untagged: str
    answer: _Span = (0, 0)
    tag: str = ""


class Translate(Transform):
    """Examples with their question, their context or both translated: T(Q), T(C) and T(Q+C) of AT and LAF (2020,
    section 3.1), the training and testing corpora of Hsu et al. (2019, section 3.1), MT of Lee & Lee (2019).

    How the answers come into a translated context:

    - "tags": each gold is translated within its context, in tags, as in LAF. The example gets the context of
      its first gold whose tags survive, tags taken off, so the contexts of several questions on a paragraph
      can differ in the sentences with the answers. Other golds are looked for in that context.
    - "fuzzy", "simple_match", "best": context and answers are translated by themselves, and the answer is looked
      for in the context, which is the same for all questions on a paragraph. "best" tries tags, too.
    - "given": for `ParallelFiles` alone, which have the places of the answers.

    Of `ParallelFiles`, question, context and golds are taken by id; methods but "given" look for the texts of the
    golds. An example is dropped where none of its golds is found, or the files do not have its id. Every gold is
    counted by the method that found it or the reason for its loss, by its edits, and where it cuts a word;
    `recovered` has the ids, of this process.

    Args:
        translator: from the language of the examples, often a `CachedTranslator`.
        part: what is translated.
        recovery: how answers are found again.
        by_sentence: whether the translator is handed sentences or whole texts. Sentences end nowhere within an
            answer, and only the one around it differs from question to question.
        keep_noise: answers beyond the limit of edits stand at the nearest span, as in the testing corpora of Hsu
            et al.; for "fuzzy" and "best".
        max_edit_share: see `most_edits`; for "fuzzy" and "best".
        whole_words: see `fuzzy`; for "fuzzy", as "best" does so anyway.

    Raises:
        ValueError: when an argument is not one of its values, or not one for this translator or method.
    """

    def __init__(
        self,
        *,
        translator: Translator,
        part: Part = "both",
        recovery: Method = "tags",
        by_sentence: bool = True,
        keep_noise: bool = False,
        max_edit_share: float = 1.0,
        whole_words: bool = False,
    ) -> None:
        super().__init__()
        self.translator = translator
        self.part = part
        self.recovery = recovery
        self.by_sentence = by_sentence
        self.keep_noise = keep_noise
        self.max_edit_share = max_edit_share
        self.whole_words = whole_words
        self.recovered = RecoveryReport()
        backend = innermost(translator)
        self._parallel = backend if isinstance(backend, ParallelFiles) else None
        self._check()
        self._translations: dict[_Wanted, str] = {}
        self._sentences = lru_cache(PARAGRAPHS_KEPT)(sentence_spans)

    def prepare(self, examples: Sequence[Example]) -> None:
        """Translates all texts of the examples, each once, in one call of the translator.

        Raises:
            ValueError: when an example is not in the translator's language.
            TranslationError: when the translator fails; names the examples.
        """
        for example in examples:
            check_language(example, self.part, self.translator.source_language)
        if self._parallel:
            return
        wanted = list(dict.fromkeys(each for example in examples for each in self._wanted(example)))
        try:
            translations = self._translate(wanted)
        except TranslationError as error:
            failed = [each.id for each in examples if not set(error.texts).isdisjoint(self._handed_over(each))]
            ids = failed or [each.id for each in examples]
            named = first_few([*map(repr, ids)], _IDS_SHOWN)
            raise TranslationError(
                f"{len(ids)} of {len(examples)} examples ({named}) cannot be translated: {error}", error.texts
            ) from error
        self._translations = dict(zip(wanted, translations, strict=True))

    def __call__(self, example: Example, rng: Random) -> Example | Dropped:
        """The translated example, or why it is dropped.

        Raises:
            ValueError: see `prepare`, which is called for an example that was not prepared.
            TranslationError: likewise.
        """
        if self._parallel:
            check_language(example, self.part, self.translator.source_language)
            counterpart = self._parallel.counterpart(example)
            if counterpart is None:
                return self._dropped(example, "not in the translated corpus")
            return self._from_counterpart(example, counterpart)
        if any(each not in self._translations for each in self._wanted(example)):
            self.prepare([example])
        changed = example if self.part == "question" else self._with_context(example)
        if self.part == "context" or isinstance(changed, Dropped):
            return changed
        return self._with_question(changed, self._translations[_untagged(example.question)])

    def report(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """The counts, and in [0, 1] the share of golds found again and the share of those that cut a word."""
        found = sum(number for name, number in counts.items() if name.startswith(_FOUND))
        lost = sum(number for name, number in counts.items() if name.startswith(_LOST))
        cut = counts.get(_CUT, 0)
        shares = {"recovered share": found / max(found + lost, 1), "word-cutting share": cut / max(found, 1)}
        return {**counts, **(shares if found + lost else {})}

    def _check(self) -> None:
        check_choice("part", self.part, PARTS)
        check_choice("recovery", self.recovery, get_args(Method))
        most_edits("", self.max_edit_share)
        barred = "tags" if self._parallel else "given"
        if self.recovery == barred and self.part != "question":
            valid = ", ".join(name for name in get_args(Method) if name != barred)
            raise ValueError(
                f"`recovery` must be one of {valid} with {self.translator.name}, but is {barred!r} instead."
            )
        if self.keep_noise and self.recovery not in ("fuzzy", "best"):
            raise ValueError(f"`recovery` must be fuzzy or best where noise is kept, but is {self.recovery!r} instead.")
        if self.whole_words and self.recovery != "fuzzy":
            raise ValueError(f"`recovery` must be fuzzy with `whole_words`, but is {self.recovery!r} instead.")

    def _wanted(self, example: Example) -> Iterator[_Wanted]:
        """The texts of an example that are translated."""
        if self.part != "context":
            yield _untagged(example.question)
        if self.part == "question":
            return
        spans = dict.fromkeys(map(_filled, example.answers))
        if self.recovery != "tags" or not any(start < end for start, end in spans):
            yield _untagged(example.context)
        for start, end in spans:
            answer = example.context[start:end]
            if answer and self.recovery in ("tags", "best"):
                yield _tagged(example.context, (start, end))
            if answer and self.recovery != "tags":
                yield _untagged(answer)

    def _translate(self, wanted: Sequence[_Wanted]) -> list[str]:
        texts = [each.text for each in wanted]
        if not self.by_sentence:
            return translate_checked(self.translator, texts)
        return SentenceTranslator(self.translator).translate_spans(texts, list(map(self._spans, wanted)))

    def _spans(self, wanted: _Wanted) -> list[_Span]:
        """Sentences of a text, found in it without its tags."""
        language = self.translator.source_language
        spans = self._sentences(wanted.untagged, language)
        if not wanted.tag:
            return spans
        start, end = wanted.answer
        if not any(first <= start and end <= last for first, last in spans):
            spans = sentence_spans(wanted.untagged, language, keep_whole=[wanted.answer])
        added = len(wanted.text) - len(wanted.untagged)
        return [(first + added * (first >= end), last + added * (last >= end)) for first, last in spans]

    def _handed_over(self, example: Example) -> Iterator[str]:
        """The texts of an example as the translator is handed them."""
        for wanted in self._wanted(example):
            yield wanted.text
            yield from (wanted.text[start:end] for start, end in self._spans(wanted) if self.by_sentence)

    def _with_question(self, example: Example, question: str) -> Example:
        return replace(example, question=question, question_language=self.translator.target_language)

    def _with_context(self, example: Example) -> Example | Dropped:
        """The example with the translation of its context and the golds found in it."""
        tagged: dict[_Span, Unmarked] = {}
        if self.recovery in ("tags", "best"):
            for span in dict.fromkeys(map(_filled, example.answers)):
                if span[0] < span[1]:
                    wanted = _tagged(example.context, span)
                    tagged[span] = unmark(self._translations[wanted], wanted.tag)
        if self.recovery == "tags" and tagged:
            context = next((each.context for each in tagged.values() if not each.fault), "")
        else:
            context = self._translations[_untagged(example.context)]

        def outcome(answer: Answer) -> _Outcome:
            text, span = answer.text.strip(), _filled(answer)
            if not text:
                return Unrecovered(_BLANK)
            if self.recovery == "tags":
                return _between_tags(context, tagged[span])
            hint = proportional_position(example.context, answer.start)
            return self._find(context, self._translations[_untagged(text)], hint, tagged.get(span))

        return self._placed(example, context, list(map(lru_cache(None)(outcome), example.answers)))

    def _from_counterpart(self, example: Example, counterpart: Example) -> Example | Dropped:
        """The example with the texts of its counterpart, and the counterpart's golds, as they stand or found again."""
        outcomes: list[_Outcome] = []
        for place, answer in enumerate(counterpart.answers):
            if self.recovery == "given":
                outcomes.append(Recovery(answer.start, answer.end, "given", 0))
                continue
            source = example.answers[place : place + 1] or example.answers[-1:]
            hint = proportional_position(example.context, source[0].start) if source else None
            outcomes.append(self._find(counterpart.context, answer.text, hint, None))
        missing = len(example.answers) - len(counterpart.answers)
        outcomes += [Unrecovered("not in the translated corpus")] * missing
        if self.part != "context":
            example = self._with_question(example, counterpart.question)
        return example if self.part == "question" else self._placed(example, counterpart.context, outcomes)

    def _find(self, context: str, answer: str, hint: float | None, tagged: Unmarked | None) -> _Outcome:
        """A translated answer in a context, by the method chosen or, where noise is kept, at the nearest span."""
        answer = answer.strip()
        if not answer:
            return Unrecovered(_BLANK)
        found = self._find_similar(context, answer, hint, tagged)
        if isinstance(found, Unrecovered) and self.keep_noise:
            noise = fuzzy(context, answer, hint, whole_words=self.whole_words, beyond_limit="keep")
            found = replace(noise, method="noise") if noise else found
        return found

    def _find_similar(self, context: str, answer: str, hint: float | None, tagged: Unmarked | None) -> _Outcome:
        share = self.max_edit_share
        if self.recovery == "best":
            return best(context, answer, hint, tagged=tagged, max_edit_share=share)
        if self.recovery == "simple_match":
            return simple_match(context, answer, hint) or Unrecovered("no similar span")
        found = fuzzy(context, answer, hint, max_edit_share=share, whole_words=self.whole_words)
        return found or Unrecovered("beyond the limit of edits")

    def _placed(self, example: Example, context: str, outcomes: Sequence[_Outcome]) -> Example | Dropped:
        """The example with a context and the golds found in it, all counted."""
        for each in outcomes:
            self._count(example.id, context, each)
        found = [each for each in outcomes if isinstance(each, Recovery)]
        lost = [each for each in outcomes if isinstance(each, Unrecovered)]
        if lost and not found:
            return self._dropped(example, f"answer lost: {lost[0].reason}")
        self.counts["examples that lost some answers"] += bool(lost)
        answers = tuple(Answer(context[each.start : each.end], each.start) for each in found)
        language = self.translator.target_language
        return replace(example, context=context, answers=answers, context_language=language)

    def _count(self, id: str, context: str, outcome: _Outcome) -> None:
        self.recovered.add(id, context, outcome)
        if isinstance(outcome, Unrecovered):
            self.counts[f"{_LOST}{outcome.reason}"] += 1
            return
        self.counts[f"{_FOUND}{outcome.method}"] += 1
        self.counts[f"{_EDITS}{outcome.distance}"] += 1
        self.counts[_CUT] += outcome.cuts_words(context)

    def _dropped(self, example: Example, reason: str) -> Dropped:
        self.counts[f"dropped: {reason}"] += 1
        return Dropped(example.id, reason)


def _filled(answer: Answer) -> _Span:
    """The span of an answer without its outer blanks; of a blank one, an empty span."""
    start = answer.start + len(answer.text) - len(answer.text.lstrip())
    return start, start + len(answer.text.strip())


def _untagged(text: str) -> _Wanted:
    return _Wanted(text, text)


def _tagged(context: str, answer: _Span) -> _Wanted:
    marked = mark(context, *answer)
    return _Wanted(marked.text, context, answer, marked.tag)


def _between_tags(context: str, tagged: Unmarked) -> _Outcome:
    if tagged.fault:
        return Unrecovered(tagged.fault)
    return find_tagged(context, tagged) or Unrecovered("tagged text not in the context")
