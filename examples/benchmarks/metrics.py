"""Every scoring rule through `compute`, against a plain loop over the questions.

    python examples/benchmarks/metrics.py [--questions 100000 --rules mlqa squad]

Reading the golds and pairing them is included; scores must agree on every question. For squad, mlqa and cmrc2018 the
loop is written out here; for the others it calls the rule's own `score`, and neither reads nor pairs.
"""

from __future__ import annotations

import random
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmark import agree, main
from records import Record, at_most
from timing import peak_mebibytes, seconds

from hf_xlqa.metrics import load_metric
from hf_xlqa.metrics.contiguous import word_tokenizer
from hf_xlqa.plugins import find, names

SECONDS = (at_most(10, of="ours"),)


@dataclass
class Options:
    """How many questions are scored by which rules."""

    questions: int = 100_000
    rules: list[str] = field(default_factory=lambda: names("metrics"))


QUICK = Options(questions=20, rules=["mlqa", "drcd"])

Question = tuple[str, str, list[str], str]
"""Id, prediction, golds and language."""

Scorer = Callable[[str, str], tuple[float, float]]
LATIN = ["the", "river", "of", "Denver", "Broncos,", "(1998)", "die", "große", "Stadt", "XIX;", "3.5", "km", "army's"]
WORDS = {
    "zh": ["《红", "楼", "梦》", "的", "北", "京", "，", "（美", "国）", "1998年", "iPhone ", "世", "纪", "晚", "期"],
    "ko": ["서울에서 ", "대한민국", "의 ", "《춘향전》 ", "1998년 ", "(한국) ", "사람"],
    "hi": ["दिल्ली। ", "भारत ", "की ", "राजधानी ", "1998 ", "नई "],
    "ar": ["القاهرة ", "في ", "مصر؟ ", "مدينة ", "1998 ", "الكبرى "],
    "en": [word + " " for word in LATIN],
}
ASCII = set(string.punctuation)
LISTED = set("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")


def questions(count: int, languages: list[str]) -> list[Question]:
    """One to three golds of 1 to 40 words, and predictions that share some."""
    generator = random.Random(0)
    made = []
    for number in range(count):
        language = languages[number % len(languages)]
        words = WORDS.get(language, WORDS["en"])
        gold = generator.choices(words, k=min(40, 1 + int(generator.expovariate(0.2))))
        low, high = generator.randrange(2), len(gold) - generator.randrange(2)
        golds = ["".join(gold), *("".join(gold[n:]) for n in range(1, generator.randrange(1, 4)) if gold[n:])]
        prediction = "".join(gold[low:high] if generator.random() < 0.7 else generator.choices(words, k=5))
        made.append((f"question-{number:07d}", prediction, golds, language))
    return made


def squad(prediction: str, gold: str) -> tuple[float, float]:
    def normalise(text: str) -> str:
        bare = "".join(character for character in text.lower() if character not in ASCII)
        return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())

    return bag(normalise(prediction), normalise(gold))


def mlqa_zh(prediction: str, gold: str) -> tuple[float, float]:
    def normalise(text: str) -> str:
        kept = [c for c in text.lower() if not unicodedata.category(c).startswith("P") and c not in ASCII]
        return " ".join("".join(f" {c} " if "\u4e00" <= c <= "\u9fa5" else c for c in kept).split())

    return bag(normalise(prediction), normalise(gold))


def bag(prediction: str, gold: str) -> tuple[float, float]:
    tokens, gold_tokens = prediction.split(), gold.split()
    common = sum((Counter(tokens) & Counter(gold_tokens)).values())
    return float(prediction == gold), 2 * common / (len(tokens) + len(gold_tokens)) if common else 0.0


def cmrc2018(prediction: str, gold: str) -> tuple[float, float]:
    def bare(text: str) -> str:
        return "".join(character for character in text.lower().strip() if character not in LISTED)

    def tokens(text: str) -> list[str]:
        found, run = [], ""
        for character in text:
            if "\u4e00" <= character <= "\u9fa5":
                found += [*word_tokenizer()(run), character] if run else [character]
                run = ""
            else:
                run += character
        return found + (word_tokenizer()(run) if run else [])

    first, second = tokens(bare(prediction)), tokens(bare(gold))
    lengths = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    common = 0
    for i, token in enumerate(first):
        for j, other in enumerate(second):
            if token == other:
                lengths[i + 1][j + 1] = lengths[i][j] + 1
                common = max(common, lengths[i + 1][j + 1])
    score = 2 * common / (len(first) + len(second)) if common else 0.0
    return float(bare(prediction) == bare(gold)), score


PLAIN: dict[str, Scorer] = {"squad": squad, "mlqa": mlqa_zh, "cmrc2018": cmrc2018}


def loop(rule: str, metric: Any, data: Sequence[Question]) -> list[tuple[float, float]]:
    """EM and F1 of every question, one after another."""
    if rule not in PLAIN:
        return [metric.score(text, golds, language=code) for _, text, golds, code in data]
    pairs = [[PLAIN[rule](text, gold) for gold in golds] for _, text, golds, _ in data]
    return [(max(em for em, _ in scores), max(f1 for _, f1 in scores)) for scores in pairs]


def compare(rule: str, count: int) -> Record:
    """One rule, whose scores must be those of the loop."""
    accepted = find("metrics", rule).languages
    languages = ["zh"] if rule == "mlqa" else sorted(set(WORDS) & accepted) if accepted else sorted(WORDS)
    data = questions(count, languages)
    predictions = [{"id": id_, "prediction_text": text} for id_, text, _, _ in data]
    references = [{"id": id_, "answers": {"text": golds}, "language": code} for id_, _, golds, code in data]
    metric = load_metric(rule)
    score = partial(metric.compute, predictions=predictions, references=references)
    ours, result = seconds(score)
    reference, expected = seconds(partial(loop, rule, metric, data))
    agree(f"scores by {rule}", (tuple(scores.values()) for scores in result["per_question"].values()), expected)
    return Record(
        stage=f"{count:,} predictions scored by {rule}",
        ours=ours,
        unit="s",
        reference=reference,
        reference_name="a plain loop" if rule in PLAIN else "a loop over `score`",
        peak_mebibytes=peak_mebibytes(score),
        goals=SECONDS,
    )


def measure(options: Options) -> Iterator[Record]:
    """Every rule."""
    for rule in options.rules:
        yield compare(rule, options.questions)


if __name__ == "__main__":
    main(QUICK, measure, __doc__)
