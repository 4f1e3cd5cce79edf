"""The rules of KorQuAD 1.0 and 2.0: literal rows, rows worked by hand, and figures of the official program."""

from __future__ import annotations

from pathlib import Path

import evaluate
import pytest
from official_figures import last_gold_against_the_others, needs_checks, needs_data, official_rows

from hf_xlqa import metrics
from hf_xlqa.metrics import load_metric

PUBLISHED = [
    ("武田信玄", "武田信玄等人", 0, 4 / 5),
    ("19世纪晚期，", "19世纪晚期", 0, 12 / 13),
    ("（美国）", "美国", 0, 2 / 3),
    ("北京上海广州", "北京的广州", 0, 8 / 11),
    ("等……", "等", 0, 1 / 2),
    ("1,000人", "1000人", 1, 1),
    ("光荣ω-force", "ω-force光荣", 0, 1),
    ("दिल्ली।", "दिल्ली", 0, 12 / 13),
    ("die Donau", "Donau", 0, 10 / 13),
    ("서울에서", "서울", 0, 2 / 3),
    ("東京都庁", "東京都", 0, 6 / 7),
    ("กรุงเทพมหานคร", "กรุงเทพ", 0, 7 / 10),
]
WORKED = [
    ("세종대왕", "세종대왕", 1, 1),
    ("세종 대왕", "세종대왕", 0, 1),  # a blank counts for the exact match and is no token
    (" 세종  대왕\n", "세종 대왕", 1, 1),
    ("서울\u00a0시", "서울 시", 1, 1),
    ("《훈민정음》", "훈민정음", 1, 1),
    ("‘봄’", "봄", 1, 1),
    ("〈봄〉 <여름>", "봄 여름", 1, 1),
    ("“봄”", "봄", 0, 1 / 2),  # these quotation marks are not listed
    ("「봄」", "봄", 0, 1 / 2),
    ("세종.대왕", "세종대왕", 1, 1),  # deleted
    ("세종'대왕", "세종 대왕", 1, 1),  # becomes a blank
    ("(주)카카오", "주 카카오", 1, 1),
    ("카카오(주)", "카카오주", 0, 1),
    ("1592 년", "1592년", 0, 1),
    ("KBS", "kbs", 1, 1),
    ("the 서울", "서울", 0, 4 / 7),  # no articles
    ("부산 부산", "부산", 0, 2 / 3),
    ("서서울", "서울서", 0, 1),
    ("Α-Σ", "ασ", 1, 1),  # lower case while Σ still begins a word, so it is no final one
    ("1998", "１９９８", 0, 0),  # full width
    ("１９９８년", "1998년", 0, 1 / 5),
    ("한국🇰🇷", "한국", 0, 2 / 3),  # a flag is two characters
    ("cafe\u0301", "café", 0, 2 / 3),  # decomposed: 3 of 5, 3 of 4
    ("서울", "\u1109\u1165\u110b\u116e\u11af", 0, 0),
    ("서울 Tower 2호", "서울타워", 0, 4 / 13),
    ("", "서울", 0, 0),
    ("", "...", 1, 0),  # both become empty
    ("!?", "《》", 1, 0),
]
WORKED_HTML = [
    ("<td>서울</td>", "서울", 1, 1),
    ("세종 대왕", "세종대왕", 1, 1),  # every blank is deleted
    ("<p>가</p>\n<p>나</p>", "<li>가 나</li>", 1, 1),
    ("<tr><th>1</th><td>2</td></tr>", "12", 1, 1),  # a tag leaves no blank
    ("<br/>가<br>나", "가나", 1, 1),
    ("<a title=\"x>y\" href='a>b'>책</a>", "책", 1, 1),  # ">" in an attribute
    ("<b title=it's>책</b>", "책", 1, 1),
    ("서울<t", "서울", 1, 1),  # cut inside a tag
    ('서울<td class="x', "서울", 1, 1),
    ("td>서울", "서울", 0, 2 / 3),  # what is left of one stays
    ("<b>가</b>다", "가나", 0, 1 / 2),
    ("&lt;b&gt;책", "b책", 1, 1),  # escaped: text
    ("AT&amp;T", "AT&T", 1, 1),
    ("가&nbsp;나", "가나", 1, 1),
    ("&#44032;&#xB098;", "가나", 1, 1),
    ("3<5", "35", 1, 1),  # no tag begins with a digit
    ("<한>글", "한글", 1, 1),  # nor with a Korean letter
    ("<ſ>가", "ſ가", 1, 1),
    ("가</>나", "가나", 1, 1),
    ("가<!-- 다 -->나", "가나", 1, 1),
    ("가<!-->나", "가나", 1, 1),
    ("가<!-- 나", "가", 1, 1),
    ("<!DOCTYPE html>가", "가", 1, 1),
    ("<style>p {}</style>가<SCRIPT>나</SCRIPT>", "가", 1, 1),
    ("<scripts>가</scripts>", "가", 1, 1),
    ("<p>《봄》</p>", "봄", 1, 1),
    ("<p>“봄”</p>", "봄", 0, 1 / 2),
    ("", "<br>", 1, 0),
]


@pytest.mark.parametrize(("prediction", "gold", "exact_match", "f1"), PUBLISHED + WORKED)
def test_rows(prediction: str, gold: str, exact_match: float, f1: float) -> None:
    assert load_metric("korquad").score(prediction, [gold]) == pytest.approx((exact_match, f1), abs=1e-12)


@pytest.mark.parametrize(("prediction", "gold", "exact_match", "f1"), WORKED_HTML)
def test_rows_of_the_second_version(prediction: str, gold: str, exact_match: float, f1: float) -> None:
    metric = load_metric("korquad", config_name="2.0")
    assert metric.score(prediction, [gold]) == pytest.approx((exact_match, f1), abs=1e-12)


def test_the_first_version_takes_tags_for_text() -> None:
    assert load_metric("korquad").score("<b>책", ["책"]) == (0.0, pytest.approx(2 / 3))


def test_best_of_several_golds() -> None:
    metric = load_metric("korquad")
    assert metric.score("서울시", ["서울특별시", "서울"]) == (0.0, 0.8)
    assert metric.score("서울시", ["부산", "서울 시"]) == (0.0, 1.0)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_the_version_loads_by_path_and_is_signed(version: str) -> None:
    metric = evaluate.load(str(Path(metrics.__file__).with_name("korquad.py")), version)
    metric.add(
        prediction={"id": "q", "prediction_text": "<b>봄 날</b>"}, reference={"id": "q", "answers": {"text": ["봄날"]}}
    )
    result = metric.compute()
    assert result["exact_match"] == {"1.0": 0.0, "2.0": 100.0}[version]
    assert f"rule:korquad|version:{version}|" in result["signature"]


def test_other_versions_are_refused() -> None:
    with pytest.raises(ValueError, match="`config_name` must be one of 1.0, 2.0, but is '2.1' instead"):
        load_metric("korquad", config_name="2.1")


@needs_checks
def test_rows_of_the_official_program() -> None:
    metric = load_metric("korquad")
    rows = official_rows("korquad")
    assert len(rows) == 800
    for row in rows:
        expected = pytest.approx((row["exact_match"], row["f1"]), abs=1e-9)
        assert metric.score(row["prediction"], row["golds"]) == expected, row


@needs_data
@pytest.mark.parametrize(
    ("file", "exact_match", "f1"), [("cmrc2018/cmrc2018_dev.json", 73.4, 93.5), ("drcd/DRCD_dev.json", 79.1, 92.4)]
)
def test_last_gold_against_the_others(file: str, exact_match: float, f1: float) -> None:
    assert last_gold_against_the_others("korquad", file) == (exact_match, f1)
