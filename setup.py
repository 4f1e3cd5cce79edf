"""Says what setup.cfg cannot: `dataset_scripts/` is installed as a part of the package, beside what is found."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["hf_xlqa*"]), "hf_xlqa.dataset_scripts"])
