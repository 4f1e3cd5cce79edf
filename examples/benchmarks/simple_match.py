"""How often SimpleMatch finds the gold from an answer that was translated back, on real passages.

    python examples/benchmarks/simple_match.py --corpus drcd/zh-Hant=DRCD_dev.json --translated en=zh-tw_en_dev.json \\
        --dictionary cedict_1_0_ts_utf-8_mdbg.txt [--rule drcd]
    python examples/benchmarks/simple_match.py --corpus squad/fr=squad_french_test.json --translated en=dev-v1.1.json \\
        --dictionary en-fr.txt --rule universal

No reader and no translation model are needed: the source answer of a question is the first gold of the translated
corpus under the same id, translated back word by word through the dictionary, so its faults are those of a
dictionary. Without `--translated` the first gold itself is looked for, the best that any translator could do.
Questions without a source answer are left out and counted. Of windows with the same F1 SimpleMatch takes the one
nearest to where the answer is in the translated passage, in the last line the first. Times are of the processor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from hf_xlqa.back_translation import BackTranslation, TranslatedAnswer
from hf_xlqa.back_translation.reader import matched
from hf_xlqa.corpora.squad_format import read_examples
from hf_xlqa.experiment.questions import QuestionSet, read_questions
from hf_xlqa.experiment.scoring import Rule, score_set
from hf_xlqa.reading import Reader
from hf_xlqa.schema import Example, Prediction, Span
from hf_xlqa.translation.lexicon import Lexicon
from hf_xlqa.translation.parallel_files import ParallelFiles


class FirstGolds(Reader):
    """Answers with the first gold of each question.

    Args:
        examples: with the golds; of others the answer is empty.
    """

    def __init__(self, examples: Iterable[Example]) -> None:
        self._answers = {each.id: each.answers[0] for each in examples if each.answers}

    def answer(self, examples: Sequence[Example]) -> list[Prediction]:
        """The golds, each as a span."""
        return [Prediction(each.id, self._spans(each.id)) for each in examples]

    def _spans(self, id: str) -> tuple[Span, ...]:
        gold = self._answers.get(id)
        return (Span(gold.text, gold.start, gold.end, 0.0),) if gold else ()


def translated_back(asked: QuestionSet, path: str, source: str, translated: str, dictionary: str) -> BackTranslation:
    """The pipeline with a translated corpus as the translator and its golds as the reader."""
    target = asked.context_language
    golds = read_examples(translated, language=source, corpus="translated", on_defect="repair", require_answers=False)
    there = ParallelFiles(path, translated, target, source)
    return BackTranslation(there, FirstGolds(golds), Lexicon(dictionary, source, target))


def as_translated(found: TranslatedAnswer) -> str:
    """The answer as it is."""
    return found.text


def by_simple_match(found: TranslatedAnswer) -> str:
    """The window of the passage, of equal ones that nearest to where the source answer is."""
    return matched(found.example.context, found.text, found.position).text


def by_first_window(found: TranslatedAnswer) -> str:
    """The window of the passage, of equal ones the first."""
    return matched(found.example.context, found.text).text


METHODS: Mapping[str, Callable[[TranslatedAnswer], str]] = {
    "none": as_translated,
    "simple_match": by_simple_match,
    "simple_match, first of equals": by_first_window,
}


def report(asked: QuestionSet, found: Sequence[TranslatedAnswer], rule: Rule) -> None:
    """EM and F1 of each method on the questions that have an answer."""
    ids = {each.example.id for each in found}
    scored = replace(asked, references=[golds for golds in asked.references if golds["id"] in ids])
    for name, method in METHODS.items():
        began = time.process_time()
        texts = [method(each) for each in found]
        seconds = time.process_time() - began
        spans = sum(text in each.example.context for text, each in zip(texts, found, strict=True)) / len(found)
        predictions = {each.example.id: text for each, text in zip(found, texts, strict=True)}
        score = score_set(scored, predictions, rule).score
        print(
            f"{name:30} EM {score.exact_match:6.2f}  F1 {score.f1:6.2f}  in the passage {spans:6.1%}"
            f"  {1e3 * seconds / len(found):.3f} ms an answer"
        )
    print(score.signature)


def main() -> None:
    """The scores of each way into the passage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="target corpus, NAME/LANGUAGE=PATH")
    parser.add_argument("--translated", help="the same questions in the source language, LANGUAGE=PATH")
    parser.add_argument("--dictionary", help="from the source language into the target's, MUSE or CC-CEDICT")
    parser.add_argument("--rule", help="official rule of the scores; by default that of the corpus")
    arguments = parser.parse_args()
    if (arguments.translated is None) != (arguments.dictionary is None):
        parser.error("--translated and --dictionary must be given together")
    asked = read_questions([arguments.corpus]).sets[0]
    if arguments.translated is None:
        found = [TranslatedAnswer(each, each.answers[0].text.strip()) for each in asked.examples if each.answers]
    else:
        source, _, translated = arguments.translated.partition("=")
        path = arguments.corpus.partition("=")[2]
        pipeline = translated_back(asked, path, source, translated, arguments.dictionary)
        found = [each for each in pipeline(asked.examples) if not each.fault]
    print(f"{asked.name}: {len(found):,} of {len(asked.references):,} questions have a source answer")
    report(asked, found, Rule(arguments.rule, missing="zero"))


if __name__ == "__main__":
    main()
