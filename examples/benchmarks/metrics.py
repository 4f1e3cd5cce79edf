"""Every scoring rule through `compute`, against a plain loop over the questions, in one run.

    python examples/benchmarks/metrics.py [--questions 100000 --rules mlqa squad]

Prints, for each rule: seconds of one core for all questions, reading and pairing included; seconds of the plain
loop and the ratio of the two; and the peak of the process's memory so far. Scores must agree on every question.
For squad, mlqa and cmrc2018 the loop is written out here; for the others it calls the rule's own `score`.
"""

import argparse
import random
import re
import resource
import string
import time
import unicodedata
from collections import Counter
from collections.abc import Callable

from hf_xlqa.metrics import load_metric
from hf_xlqa.metrics.contiguous import word_tokenizer
from hf_xlqa.plugins import find, names

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


def questions(count: int, languages: list[str]) -> list[tuple[str, str, list[str], str]]:
    """Id, prediction, golds and language: one to three golds of 1 to 40 words, and predictions that share some."""
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


def measure(rule: str, count: int) -> str:
    """One row of the table."""
    accepted = find("metrics", rule).languages
    languages = ["zh"] if rule == "mlqa" else sorted(set(WORDS) & accepted) if accepted else sorted(WORDS)
    data = questions(count, languages)
    predictions = [{"id": id_, "prediction_text": text} for id_, text, _, _ in data]
    references = [{"id": id_, "answers": {"text": golds}, "language": code} for id_, _, golds, code in data]
    metric = load_metric(rule)
    start = time.process_time()
    result = metric.compute(predictions=predictions, references=references)
    ours = time.process_time() - start
    start = time.process_time()
    if rule in PLAIN:
        pairs = [[PLAIN[rule](text, gold) for gold in golds] for _, text, golds, _ in data]
        plain = [(max(em for em, _ in scores), max(f1 for _, f1 in scores)) for scores in pairs]
    else:
        plain = [metric.score(text, golds, language=code) for _, text, golds, code in data]
    reference = time.process_time() - start
    for (id_, *_), scores in zip(data, plain, strict=True):
        assert tuple(result["per_question"][id_].values()) == scores, (rule, id_, scores)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    loop = "written out" if rule in PLAIN else "its `score`"
    return f"| {rule} | {ours:.1f} | {reference:.1f} | {loop} | {reference / ours:.1f} x | {peak} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=100_000)
    parser.add_argument("--rules", nargs="+", default=names("metrics"))
    arguments = parser.parse_args()
    print("| rule | s | plain loop s | loop | ratio | peak MB |\n|---|---|---|---|---|---|")
    for rule in arguments.rules:
        print(measure(rule, arguments.questions), flush=True)


if __name__ == "__main__":
    main()
