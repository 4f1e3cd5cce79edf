"""`hf-xlqa build NAME --output DIR`: build a corpus from others, as parquet with a card, and publish it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_Name = Annotated[str, typer.Argument(metavar="NAME", help="A corpus of dataset_scripts/.", show_default=False)]
_Output = Annotated[Path, typer.Option("--output", metavar="DIR", help="Folder of the build; call again to resume.")]
_Config = Annotated[
    list[str] | None, typer.Option("--config", metavar="C", help="Configuration, all by default; repeatable.")
]
_Source = Annotated[
    list[str] | None,
    typer.Option(
        "--source", metavar="[SPLIT=]FILE", help="Read this instead of the Hub; train by default; repeatable."
    ),
]
_Backend = Annotated[
    str | None,
    typer.Option("--backend", metavar="SPEC", help="Translator, such as seq2seq:MODEL-{source}-{target}."),
]
_Dictionary = Annotated[
    str | None, typer.Option("--dictionary", metavar="FILE", help="Word translations, such as {source}-{target}.txt.")
]
_Parses = Annotated[list[str] | None, typer.Option("--parses", metavar="FILE", help="CoNLL-U file; repeatable.")]
_Cache = Annotated[str | None, typer.Option("--cache", metavar="FILE", help="File that keeps translations.")]
_Seed = Annotated[int, typer.Option("--seed", help="Seed of everything random.")]
_Processes = Annotated[int, typer.Option("--num-proc", min=1, help="Processes.")]
_Shards = Annotated[int, typer.Option("--num-shards", min=1, help="Files of each split.")]
_Shard = Annotated[str, typer.Option("--shard", metavar="I/N", help="Build the I-th of N parts, on one of N machines.")]
_Push = Annotated[str | None, typer.Option("--push", metavar="USER/NAME", help="Publish it on the Hub when whole.")]


def build(
    name: _Name,
    output: _Output,
    config: _Config = None,
    source: _Source = None,
    backend: _Backend = None,
    dictionary: _Dictionary = None,
    parses: _Parses = None,
    cache: _Cache = None,
    seed: _Seed = 0,
    num_proc: _Processes = 1,
    num_shards: _Shards = 8,
    shard: _Shard = "1/1",
    push: _Push = None,
) -> None:
    """Build a corpus from others: translate, permute, switch or reorder it, and write parquet with a card.

    What is finished is never built again, so a build that was stopped goes on when it is called again, and
    the files are the same bytes. Parts built by several machines are merged by copying their folders into
    one and calling again there.
    """
    from hf_xlqa.building import scripts
    from hf_xlqa.building.export import Part
    from hf_xlqa.building.publish import publish
    from hf_xlqa.building.run import build as build_corpus

    builder = scripts.find(name)
    given = {"backend": backend, "dictionary": dictionary, "cache": cache}
    options = {key: value for key, value in given.items() if value is not None} | {
        "parses": tuple(parses or ()),
        "files": _files(source or ()),
        "seed": seed,
        "num_shards": num_shards,
    }
    configs = [builder.configured(each, **options) for each in config or [one.name for one in builder.BUILDER_CONFIGS]]
    if source and len({each.source for each in configs}) > 1:
        raise ValueError(
            "`--source` must be for configurations of one corpus, but is given for "
            f"{', '.join(f'{each.name} (of {each.source})' for each in configs)} instead; choose by --config."
        )
    missing = build_corpus(builder, configs, output, part=Part.parse(shard), num_proc=num_proc)
    if missing:
        typer.echo(f"{len(missing)} shards are left to other parts; copy all parts into one folder and call again.")
        return
    typer.echo(f"written to {output}: README.md, report.json, {', '.join(f'data/{each.name}' for each in configs)}")
    if push is not None:
        typer.echo(f"published: {publish(output, push)}")


def _files(sources: list[str] | tuple[()]) -> dict[str, str]:
    """The file of each split.

    Raises:
        typer.BadParameter: when a split has two.
    """
    files: dict[str, str] = {}
    for source in sources:
        split, equals, path = source.partition("=")
        if not (equals and split in ("train", "validation", "test")):
            split, path = "train", source
        if split in files:
            raise typer.BadParameter(f"`--source` must give each split once, but gives {split} twice instead.")
        files[split] = path
    return files
