"""One damaged file again, with the tracebacks: `PYTHONPATH=tests python tests/faults/reproduce.py READER RECIPE`."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

from mutations import Recipe, content_of
from readers import READERS, write_sound_files


def main(name: str, text: str) -> None:
    (reader,) = [each for each in READERS if each.name == name]
    recipe = Recipe.from_text(text)
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    write_sound_files(folder)
    path = folder / reader.file
    path.parent.mkdir(parents=True, exist_ok=True)
    for use in reader.uses:
        path.write_bytes(content_of(recipe, reader.documents[recipe.document]))
        print(f"{use} of {path}")
        try:
            print(f"    {use(path)!r:.200}")
        except Exception:
            traceback.print_exc(file=sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
