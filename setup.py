"""Says what setup.cfg cannot: two folders are installed as parts of the package, beside what is found."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["hf_xlqa*"]), "hf_xlqa.dataset_scripts", "hf_xlqa.recipes"])
