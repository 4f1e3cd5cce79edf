"""Recipes: those we ship, and the errors in those that others write."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from statistics import mean

import pytest
import yaml

from hf_xlqa.experiment.back_translation import BackTranslationArguments
from hf_xlqa.experiment.recipe import (
    Row,
    argument_classes,
    find_row,
    installed_recipes,
    load_recipe,
    parse_arguments,
    parse_row,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
RECIPES = sorted((EXAMPLES / "recipes").rglob("*.yaml"))
SHIPPED = [(path, name) for path in RECIPES for name in load_recipe(path)]
TABLES = {
    "xltt2021": {"table4", "table5", "table7", "table8"},
    "lee2019": {"table2", "table3", "table4", "table7", "figure3"},
    "cui2019": {"table2", "table3", "table4", "figure3"},
    "laf2020": {"table2", "table3", "table4", "table5"},
    "hsu2019": {"table1", "table2", "table3", "table4", "table6", "table7"},
}
GIVEN = {"dictionaries": "en-zh=FILE", "train_amounts": "drcd=5"}
PRINTED_SWAPPED = {("table5", "xltt_xlmr"): {"zh"}}
"""Where the paper prints an exact match above the F1; its averages are those of the scores as printed."""
ROW = """
shared: {max_length: 100, learning_rate: 1.0e-3}
rows:
  first:
    title: First
    arguments: {method: encoder, learning_rate: 2.0e-3}
    published: {en: [70.6, 83.5]}
  second: {needs: {parallel: "SQuAD, en=FILE ja=FILE"}}
  third: {unsupported: it needs a reader}
  fourth: {run: python examples/run_other.py}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "table.yaml"
    path.write_text(ROW, encoding="utf-8")
    return path


def written(folder: Path, text: str) -> Path:
    path = folder / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_recipes_are_shipped() -> None:
    shipped: dict[str, set[str]] = {}
    for path in RECIPES:
        shipped.setdefault(path.parent.name, set()).add(path.stem)
    assert {paper: shipped[paper] for paper in TABLES} == TABLES


@pytest.mark.parametrize(
    ("path", "name"), SHIPPED, ids=[f"{path.parent.name}-{path.stem}-{name}" for path, name in SHIPPED]
)
def test_each_shipped_row_has_its_published_scores_and_arguments_that_parse(
    path: Path, name: str, tmp_path: Path
) -> None:
    row = find_row(path, name)
    assert row.published or " step of " in row.title
    assert all(0 <= score <= 100 for pair in row.published.values() for score in pair)
    assert {len(pair) for pair in row.published.values()} <= {1, 2}
    swapped = {where for where, pair in row.published.items() if pair[0] > pair[-1]}
    assert swapped == PRINTED_SWAPPED.get((path.stem, name), set())
    if row.unsupported or row.run:
        with pytest.raises(ValueError, match="`row` must be one that (can be run|`hf-xlqa train` runs), but"):
            parse_row(row, [])
        return
    given = [word for need in row.needs for word in (f"--{need}", GIVEN.get(need, "squad:en=FILE"))]
    model, data, training = parse_row(row, [*given, "--output_dir", str(tmp_path), "--use_cpu", "True"])
    assert model.name == row.arguments["method"]
    for key in row.arguments.keys() - row.needs.keys() - {"method"}:
        holder = next(each for each in (model, data, training) if hasattr(each, key))
        assert getattr(holder, key) == row.arguments[key], key


@pytest.mark.parametrize(("path", "name"), [each for each in SHIPPED if each[0].parent.name == "laf2020"])
def test_averages_of_laf_are_those_of_their_cells(path: Path, name: str) -> None:
    """As printed, with one decimal: means of three runs are rounded before and after they are averaged."""
    printed = {where: score for where, (score,) in find_row(path, name).published.items()}
    if path.stem == "table3":
        cells = {where.removeprefix("mlqa/").partition("."): score for where, score in printed.items() if "/" in where}
        pairs = {(context, question or context): score for (context, _, question), score in cells.items()}
        assert len(pairs) == 49
        averages = {"G-XLT": list(pairs.values()), "XLT": [pairs[pair] for pair in pairs if pair[0] == pair[1]]}
        for place, what in enumerate(("contexts", "questions")):
            for language in {context for context, _ in pairs}:
                averages[f"{what} in {language}"] = [pairs[pair] for pair in pairs if pair[place] == language]
    elif path.stem == "table2":
        averages = {"G-XLT": [score for where, score in printed.items() if where.startswith("contexts")]}
    else:
        averages = {"XLT": [score for where, score in printed.items() if where != "XLT"]}
    for where, scores in averages.items():
        assert printed[where] == pytest.approx(mean(scores), abs=0.1), where


def test_each_recipe_names_its_paper() -> None:
    papers = [yaml.safe_load(path.read_text(encoding="utf-8"))["paper"] for path in RECIPES]
    assert len(set(papers)) == len(RECIPES)


def test_a_row_changes_what_is_shared_and_the_command_line_the_row(recipe: Path, tmp_path: Path) -> None:
    row = find_row(recipe, "first")
    assert row == Row("First", {"max_length": 100, "method": "encoder", "learning_rate": 2e-3}, {"en": [70.6, 83.5]})
    words = ["--max_length", "50", "--output_dir", str(tmp_path), "--use_cpu", "True"]
    model, data, training = parse_row(row, words, defaults={"learning_rate": 1.0, "seed": 7})
    assert (model.name, data.max_length, training.learning_rate, training.seed) == ("encoder", 50, 2e-3, 7)


def test_a_row_without_a_title_is_called_by_its_name(recipe: Path) -> None:
    assert load_recipe(recipe)["second"].title == "second"


def test_the_only_row_needs_no_name(tmp_path: Path) -> None:
    assert find_row(written(tmp_path, "rows: {only: {title: Alone}}"), None).title == "Alone"


@pytest.mark.parametrize("name", [None, "fifth"])
def test_an_unknown_row_lists_the_known_ones(recipe: Path, name: str | None) -> None:
    with pytest.raises(
        ValueError, match=f"`row` of .*table.yaml must be one of first, second, third, fourth, but is {name!r}"
    ):
        find_row(recipe, name)


def test_a_needed_argument_says_what_it_holds(recipe: Path, tmp_path: Path) -> None:
    row = find_row(recipe, "second")
    with pytest.raises(ValueError, match="`--parallel` must be given for second, but is not; it holds SQuAD, en=FILE"):
        parse_row(row, ["--seed", "1"])
    for words in (["--parallel", "en=a", "ja=b"], ["--parallel=en=a"]):
        _, data, _ = parse_row(row, [*words, "--output_dir", str(tmp_path), "--use_cpu", "True"])
        assert data.parallel[0] == "en=a"


def test_an_unsupported_row_says_why(recipe: Path) -> None:
    with pytest.raises(ValueError, match="`row` must be one that can be run, but third cannot: it needs a reader"):
        parse_row(find_row(recipe, "third"), [])


def test_a_row_that_another_command_runs_names_it(recipe: Path) -> None:
    with pytest.raises(ValueError, match="`row` must be .* but fourth is run by: python examples/run_other.py"):
        parse_row(find_row(recipe, "fourth"), [])


@pytest.mark.parametrize("command", sorted({row.run for path in RECIPES for row in load_recipe(path).values()} - {""}))
def test_commands_of_shipped_rows_are_of_an_example_and_its_arguments(command: str) -> None:
    python, script, *words = command.split()
    assert (python, (EXAMPLES.parent / script).is_file()) == ("python", True)
    arguments = {each.name for cls in (BackTranslationArguments, *argument_classes("encoder")) for each in fields(cls)}
    assert {word.removeprefix("--") for word in words if word.startswith("--")} <= arguments


def test_an_absent_recipe_is_named_beside_those_installed(tmp_path: Path) -> None:
    for absent in (tmp_path / "absent.yaml", tmp_path / "xltt2021/table4.yaml"):
        with pytest.raises(FileNotFoundError, match=f"one of .*, xltt2021/table8.yaml, but is '{absent}' instead"):
            load_recipe(absent)


def test_installed_recipes_are_found_by_name_where_the_repository_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert set(installed_recipes()) == {str(path.relative_to(EXAMPLES / "recipes")) for path in RECIPES}
    for name in ("xltt2021/table4.yaml", "examples/recipes/xltt2021/table4.yaml"):
        assert "xltt_mbert" in load_recipe(name)


def test_a_file_of_the_name_of_an_installed_recipe_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xltt2021").mkdir()
    (tmp_path / "xltt2021" / "table4.yaml").write_text(ROW, encoding="utf-8")
    assert list(load_recipe("xltt2021/table4.yaml")) == ["first", "second", "third", "fourth"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rows: {first: [", r"`.*broken.yaml` must be YAML, but is broken: (?s:.*)line 1"),
        ("rows: {first: {title: 2021-13-45}}", "`.*broken.yaml` must be YAML, but cannot be read: month must be in"),
        ("[" * 2_000, "`.*broken.yaml` must be YAML, but cannot be read: maximum recursion depth"),
        ("rows: {first: {arguments: {method: no}}}", "`method of row first of .*broken.yaml` must be one of dual_bert"),
        ("- first", r"`.*broken.yaml` must be a mapping with `rows`, but has none instead"),
        ("shared: {}", "must be a mapping with `rows`"),
        ("rows: {}", "must be a mapping with `rows`"),
        ("rows: {first: 3}", "row first of .*broken.yaml must be a mapping, but is 3 instead"),
        ("shared: 3\nrows: {first: {}}", "`shared` of .*broken.yaml must be a mapping, but is 3 instead"),
        ("rows: {first: {arguments: [seed]}}", r"`arguments` of row first of .* must be a mapping, but is \['seed'\]"),
        ("title: T\nrows: {first: {}}", "broken.yaml must have keys of paper, rows, shared, but has title instead"),
        (
            "rows: {first: {name: F}}",
            "row first of .*broken.yaml must have keys of .*unsupported, but has name instead",
        ),
        ("rows: {first: {arguments: {lerning_rate: 1}}}", "row first .* learning_rate, .*but has lerning_rate instead"),
        ("shared: {method: xltt, depth: 2}\nrows: {first: {}}", "row first .* but has depth instead"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_recipe(written(tmp_path, text))


def test_a_wrong_value_of_a_recipe_is_refused_as_on_the_command_line() -> None:
    with pytest.raises(ValueError, match="`method` must be one of .*encoder, .*xltt, but is 'bert' instead"):
        parse_row(Row("T", {"method": "bert"}), [])
    with pytest.raises(ValueError, match="not used by the HfArgumentParser.*--lerning_rate"):
        parse_arguments(["--lerning_rate", "1"])


def test_arguments_are_those_of_the_method(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--output_dir", str(tmp_path), "--use_cpu", "True"]
    method, _, _ = parse_arguments(["--preset", "paper", *words])
    assert (method.name, getattr(method, "preset", None)) == ("xltt", "paper")
    with pytest.raises(ValueError, match="not used .*preset"):
        parse_arguments(["--method=encoder", "--preset", "paper", *words])
