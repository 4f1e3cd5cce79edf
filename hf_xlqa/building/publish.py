"""A built folder published as a dataset of the Hub."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import HfApi

from hf_xlqa.building.report import reports

_CLOSED = ("newsqa",)


def publish(output: str | Path, repo_id: str, *, private: bool = False) -> str:
    """Uploads the card, the report and the data of a folder that `build` made; the repository is made where needed.

    Shards that another build left in the repository are deleted in the same commit.

    Args:
        output: the folder.
        repo_id: OWNER/NAME.
        private: whether a new repository is private.

    Returns:
        The address of the commit.

    Raises:
        ValueError: when the licence of the source lets nobody pass it on.
        FileNotFoundError: when the folder has no card yet, hence no whole configuration.
        OSError: when the Hub refuses.
    """
    if not (Path(output) / "README.md").is_file():
        raise FileNotFoundError(
            f"`output` must hold a whole build, but {str(output)!r} has no README.md instead. Build its other shards."
        )
    closed = [name for name, report in reports(Path(output)) if report["manifest"]["source"] in _CLOSED]
    if closed:
        raise ValueError(
            f"`output` must be of texts that may be passed on, but {', '.join(closed)} is made of "
            f"{', '.join(_CLOSED)} instead, whose licence lets nobody publish it."
        )
    api = HfApi()
    api.create_repo(repo_id, repo_type="dataset", private=private, exist_ok=True)
    commit = api.upload_folder(
        repo_id=repo_id,
        repo_type="dataset",
        folder_path=str(output),
        allow_patterns=["README.md", "report.json", *(f"data/{name}/*.parquet" for name, _ in reports(Path(output)))],
        delete_patterns=["data/*.parquet"],
        commit_message=f"Build {repo_id.rpartition('/')[2]}",
    )
    return str(commit.commit_url)
