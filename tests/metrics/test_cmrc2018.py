"""The rule of CMRC 2018: literal rows, rows worked by hand, plain references, and figures of the official program."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import nltk
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_xlqa.metrics import contiguous, load_metric

PUBLISHED = [
    ("武田信玄", "武田信玄等人", 0, Fraction(8, 10)),
    ("19世纪晚期，", "19世纪晚期", 1, 1),
    ("（美国）", "美国", 1, 1),
    ("北京上海广州", "北京的广州", 0, Fraction(4, 11)),
    ("等……", "等", 0, Fraction(2, 3)),
    ("1,000人", "1000人", 0, Fraction(2, 4)),
    ("光荣ω-force", "ω-force光荣", 0, Fraction(4, 6)),
    ("दिल्ली।", "दिल्ली", 0, 0),
    ("die Donau", "Donau", 0, Fraction(2, 3)),
    ("서울에서", "서울", 0, 0),
    ("東京都庁", "東京都", 0, Fraction(6, 7)),
    ("กรุงเทพมหานคร", "กรุงเทพ", 0, 0),
]
WORKED = [
    ("", "", 1, 0),  # nothing in common scores no F1
    ("", "北京", 0, 0),
    ("北京", "", 0, 0),
    ("。", "！", 1, 0),  # only punctuation
    ("……", "……", 1, 1),  # the list has two dots as one mark, which no character is: they stay
    ("…", "……", 0, 0),
    ("the", "a", 0, 0),  # articles stay
    ("The 北京", "北京", 0, Fraction(4, 5)),
    (" 北京\n", "北京", 1, 1),
    ("（ 北京）", "北京", 0, 1),  # ends are stripped before marks go, so a blank behind one stays
    ("北 京", "北京", 0, 1),
    ("北\u3000京", "北京", 0, 1),
    ("\ufeff北京", "北京", 0, Fraction(4, 5)),  # no blank: a token of its own
    ("Ångström", "ångström", 1, 1),
    ("e\u0301", "é", 0, 0),  # nothing is composed
    ("３０年", "30年", 0, Fraction(2, 4)),
    ("１：２", "１２", 1, 1),
    ("3-4", "34", 1, 1),  # text on both sides of a listed mark runs together
    ("3,4", "34", 0, 0),  # the ASCII comma is not listed, and nltk keeps it between digits
    ("a,b", "a", 0, Fraction(2, 4)),
    ("5%", "5", 0, Fraction(2, 3)),
    ("u.s.", "u.s", 0, Fraction(2, 3)),
    ("x=1", "x1", 1, 1),
    ("x>1", "x", 0, Fraction(2, 4)),
    ("👍🏽好", "👍好", 0, Fraction(2, 4)),
    ("“马丁·路德”", "马丁路德", 1, 1),
    ("‘马丁’", "马丁", 0, Fraction(4, 5)),  # of these two only the closing one is listed
    ("【马丁】", "马丁", 0, Fraction(4, 6)),
    ("臺北市", "台北市", 0, Fraction(4, 6)),
    ("《紅樓夢》", "紅樓夢", 1, 1),
    ("紅樓夢", "红楼梦", 0, 0),
    ("㐀京", "京", 0, Fraction(2, 3)),
    ("㐀㐁", "㐀", 0, 0),  # extension A stays together
    ("\u9fa6京", "\u9fa6", 0, Fraction(2, 3)),
    ("\u9fa6\u9fa7", "\u9fa6", 0, 0),  # and so does the end of the main block
    ("\u9fa6\u9fa7.", "\u9fa6.", 0, Fraction(2, 4)),
    ("iPhone 4S手机", "iphone手机", 0, Fraction(4, 7)),
    ("他cannot说", "他can not说", 0, 1),  # nltk parts contractions
    ("东京大阪京都", "京都大阪东京", 0, Fraction(4, 12)),
    ("人山人海", "人海人山", 0, Fraction(4, 8)),
    ("東京タワー", "東京", 0, Fraction(4, 5)),
    ("スター・ウォーズ", "スターウォーズ", 0, 0),  # the katakana dot is not listed
    ("『坊っちゃん』", "坊っちゃん", 1, 1),
]
SEVERAL = [
    ("北京市", ["上海", "北京", "北京市区"], 0, Fraction(6, 7)),
    ("北京", ["北京", "北京", "北京市"], 1, 1),
    ("，", ["北京", "。"], 1, 0),
    ("二月", ["", "十二月"], 0, Fraction(4, 5)),
]
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="北京㐀the 0９ı,.'\"`…!?-。）：e\u0301\n"),
    st.lists(
        st.sampled_from(["cannot", "Gimme", "gonna", "wanna", "gımme", "d'ye", "'tis", " ", "3.5", "北", *"%$#(<]?!"])
    ).map("".join),
)


@pytest.mark.parametrize(("prediction", "gold", "exact_match", "f1"), PUBLISHED + WORKED)
def test_rows(prediction: str, gold: str, exact_match: float, f1: Fraction) -> None:
    assert load_metric("cmrc2018").score(prediction, [gold]) == pytest.approx((exact_match, float(f1)), abs=1e-12)


@pytest.mark.parametrize(("prediction", "golds", "exact_match", "f1"), SEVERAL)
def test_best_of_several_golds(prediction: str, golds: list[str], exact_match: float, f1: Fraction) -> None:
    assert load_metric("cmrc2018").score(prediction, golds) == pytest.approx((exact_match, float(f1)), abs=1e-12)


def test_the_language_changes_nothing() -> None:
    metric = load_metric("cmrc2018", language="zh")
    assert metric.score("19世纪，", ["19世纪"], language="ja") == metric.score("19世纪，", ["19世纪"]) == (1.0, 1.0)


def compute(**kwargs: str) -> dict[str, object]:
    answers = {"q1": "（ 北京）", "q2": "武田信玄", "q3": "等……"}
    golds = {"q1": ["上海", "北京"], "q2": ["武田信玄等人"], "q3": ["等……", "等"], "q4": ["广州"]}
    result = load_metric("cmrc2018", language="zh", missing="zero", **kwargs).compute(
        predictions=[{"id": id_, "prediction_text": text} for id_, text in answers.items()],
        references=[{"id": id_, "answers": {"text": texts}} for id_, texts in golds.items()],
    )
    assert isinstance(result, dict)
    return result


def test_averages_count_questions_without_a_prediction() -> None:
    result = compute()
    assert (result["exact_match"], result["f1"]) == (25, pytest.approx(100 * (1 + 0.8 + 1 + 0) / 4))
    assert (result["count"], result["missing"]) == (4, 1)
    assert compute(golds="first")["f1"] == pytest.approx(100 * (0 + 0.8 + 1 + 0) / 4)


def reference_tokens(text: str, tokenizer: Callable[[str], Sequence[str]]) -> list[str]:
    """One character after the other; runs between Chinese characters go to the tokenizer, whatever they are."""
    tokens, run = [], ""
    for character in text.lower().strip():
        if character in "-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』":
            continue
        if "\u4e00" <= character <= "\u9fa5":
            tokens += [*tokenizer(run), character]
            run = ""
        else:
            run += character
    return [*tokens, *tokenizer(run)]


def reference_run(first: Sequence[str], second: Sequence[str]) -> int:
    """The table of all pairs of ends."""
    lengths = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if one == other else 0
    return max(map(max, lengths))


def check_against_reference(tokenizer: Callable[[str], Sequence[str]]) -> None:
    @settings(max_examples=500)
    @given(TEXTS, TEXTS)
    def check(prediction: str, gold: str) -> None:
        one, other = (reference_tokens(text, tokenizer) for text in (prediction, gold))
        assert contiguous.segment(contiguous.without_listed(prediction)) == one
        common = reference_run(one, other)
        f1 = 2 * common / (len(one) + len(other)) if common else 0
        assert load_metric("cmrc2018").score(prediction, [gold])[1] == pytest.approx(f1, abs=1e-12)

    check()


@pytest.mark.parametrize("tokens", [["a", "b", "c"], ["a", "b", "ab", "ba", "北"]])
def test_longest_common_run_is_that_of_the_table(tokens: list[str]) -> None:
    @given(*[st.lists(st.sampled_from(tokens), max_size=12)] * 2)
    def check(first: list[str], second: list[str]) -> None:
        assert contiguous.longest_common_run(first, second) == reference_run(first, second)

    check()


def forget() -> None:
    """Let the tokenizer be looked up again."""
    contiguous.word_tokenizer.cache_clear()
    contiguous._words.cache_clear()
    nltk.tokenize._get_punkt_tokenizer.cache_clear()


@pytest.fixture
def without_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """nltk as it is installed, without data."""
    monkeypatch.setattr(nltk.data, "path", [])
    forget()
    yield
    forget()


@pytest.fixture
def with_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """nltk with a sentence model of English that knows one abbreviation."""
    folder = tmp_path / "tokenizers" / "punkt_tab" / "english"
    folder.mkdir(parents=True)
    tables = {"abbrev_types.txt": "dr", "collocations.tab": "", "ortho_context.tab": "", "sent_starters.txt": ""}
    for name, content in tables.items():
        (folder / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    forget()
    yield
    forget()


SENTENCES = [
    ("acme. beta.", ["acme.", "beta", "."], ["acme", ".", "beta", "."]),
    ("dr. beta.", ["dr.", "beta", "."], ["dr.", "beta", "."]),
    ("用acme. beta:", ["用", "acme.", "beta", ":"], ["用", "acme", ".", "beta", ":"]),
    ("acme.用beta.", ["acme", ".", "用", "beta", "."], ["acme", ".", "用", "beta", "."]),
    ("2.5 3", ["2.5", "3"], ["2.5", "3"]),
]


@pytest.mark.usefixtures("without_model")
@pytest.mark.parametrize(("text", "tokens"), [(text, tokens) for text, tokens, _ in SENTENCES])
def test_a_run_is_one_sentence_without_the_model(text: str, tokens: list[str]) -> None:
    assert contiguous.segment(text) == tokens
    assert f"|tokenizer:NLTKWordTokenizer|nltk:{nltk.__version__}|" in str(compute()["signature"])


@pytest.mark.usefixtures("with_model")
@pytest.mark.parametrize(("text", "tokens"), [(text, tokens) for text, _, tokens in SENTENCES])
def test_a_run_is_parted_in_sentences_by_the_model(text: str, tokens: list[str]) -> None:
    assert contiguous.segment(text) == tokens
    assert f"|tokenizer:word_tokenize|nltk:{nltk.__version__}|" in str(compute()["signature"])


@pytest.mark.usefixtures("without_model")
def test_scores_without_the_model_are_those_of_the_plain_reference() -> None:
    check_against_reference(nltk.NLTKWordTokenizer().tokenize)


@pytest.mark.usefixtures("with_model")
def test_scores_with_the_model_are_those_of_the_plain_reference() -> None:
    check_against_reference(nltk.word_tokenize)


def test_nltk_is_asked_for_only_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setitem(sys.modules, "nltk.tokenize", None)
    assert load_metric("cmrc2018").score("约3.5%，iPhone", ["约3.5%"])[1] == pytest.approx(6 / 7)
    with pytest.raises(ImportError, match="`nltk` must be installed .* but is not: `pip install nltk`"):
        load_metric("cmrc2018").score("a.", ["a."])


@pytest.mark.skipif("XLQA_CHECKS" not in os.environ, reason="XLQA_CHECKS names the folder of official figures")
@pytest.mark.usefixtures("without_model")
def test_rows_of_the_official_program() -> None:
    metric = load_metric("cmrc2018")
    lines = Path(os.environ["XLQA_CHECKS"], "official_scores.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["rule"] == "cmrc2018"]
    assert [sum(row["language"] == language for row in rows) for language in ("zh", "ja")] == [800, 400]
    for row in rows:
        score = metric.score(row["prediction"], row["golds"], language=row["language"])
        assert score == pytest.approx((row["exact_match"], row["f1"]), abs=1e-9), row


@pytest.mark.skipif("XLQA_DATA" not in os.environ, reason="XLQA_DATA names the folder of corpora")
@pytest.mark.parametrize(
    ("file", "exact_match", "f1"), [("cmrc2018/cmrc2018_dev.json", 77.8, 93.4), ("drcd/DRCD_dev.json", 80.3, 91.8)]
)
def test_last_gold_against_the_others(file: str, exact_match: float, f1: float) -> None:
    articles = json.loads(Path(os.environ["XLQA_DATA"], file).read_text(encoding="utf-8"))["data"]
    paragraphs = (paragraph for article in articles for paragraph in article["paragraphs"])
    golds = {q["id"]: [a["text"] for a in q["answers"]] for paragraph in paragraphs for q in paragraph["qas"]}
    result = load_metric("cmrc2018", language="zh").compute(
        predictions=[{"id": id_, "prediction_text": texts[-1]} for id_, texts in golds.items()],
        references=[{"id": id_, "answers": {"text": texts[:-1]}} for id_, texts in golds.items()],
    )
    assert (round(result["exact_match"], 1), round(result["f1"], 1)) == (exact_match, f1)
