"""Find a plug-in by the name of its file: `find("objectives", "psa")` is the class in `objectives/psa.py`.

A folder of plug-ins is a package of `hf_xlqa`; every module in it is one plug-in, except those its
`__init__.py` lists in `SHARED` (base classes and helpers). There is no other registry.
"""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from typing import Any


def names(folder: str) -> list[str]:
    """Names of the plug-ins in a folder of the package, sorted."""
    package = import_module(f"hf_xlqa.{folder}")
    shared = getattr(package, "SHARED", ())
    modules = (module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)
    return sorted(name for name in modules if name not in shared and not name.startswith("_"))


def find(folder: str, name: str) -> Any:
    """The one public class, or else the one public function, defined in `folder/name.py`.

    Raises:
        ValueError: when there is no such plug-in (the message lists those there are), or its file
            defines no public class or function, or more than one.
    """
    valid = names(folder)
    if name not in valid:
        raise ValueError(f"`{name}` must be one of {', '.join(valid)} (the files of {folder}/), but is not one.")
    module = import_module(f"hf_xlqa.{folder}.{name}")
    for kind in (inspect.isclass, inspect.isfunction):
        found = [
            member
            for member_name, member in inspect.getmembers(module, kind)
            if member.__module__ == module.__name__ and not member_name.startswith("_")
        ]
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(member.__name__ for member in found)
            raise ValueError(f"`{folder}/{name}.py` must define one public plug-in, but defines {listed} instead.")
    raise ValueError(f"`{folder}/{name}.py` must define a public class or function, but defines none.")
