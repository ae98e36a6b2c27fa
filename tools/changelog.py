"""Whether CHANGELOG.md has an entry for what changed.

    python tools/changelog.py [BASE]

``BASE`` is the commit before the change; the newest tag, if it is left out. A change of the product
needs a new line under ``## [Unreleased]``. A commit whose change no user sees says so in its
message: ``Changelog: none``. This excuses the files of that commit alone.
"""

import subprocess
import sys

_PRODUCT = (
    *("adapters", "domain", "entrypoints", "ports", "deploy"),
    *("__init__.py", "__main__.py", "setup.cfg"),
)
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def git(*arguments: str) -> str:
    """What git prints; empty if it fails."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def unreleased(commit: str) -> list[str]:
    """The lines of the section of what is not released, as it was in ``commit``."""
    _, _, rest = git("show", f"{commit}:CHANGELOG.md").partition("\n## [Unreleased]\n")
    return [line for line in rest.partition("\n## [")[0].splitlines() if line.strip()]


def described_files(base: str) -> set[str]:
    """The product's files in the commits since ``base``, without those of ``Changelog: none``."""
    commits = "HEAD" if base == _EMPTY_TREE else f"{base}..HEAD"
    form = "--format=%x00%(trailers:key=Changelog,valueonly,separator=%x2C)%x01"
    found: set[str] = set()
    for commit in git("log", "--name-only", form, commits, "--", *_PRODUCT).split("\0"):
        trailer, _, names = commit.partition("\1")
        if trailer.strip() != "none":
            found.update(filter(None, names.splitlines()))
    return found


def fault(base: str) -> str | None:
    """What is missing since ``base``, if anything is."""
    different = git("diff", "--name-only", base, "HEAD", "--", *_PRODUCT).splitlines()
    changed = sorted(described_files(base).intersection(different))
    if not changed or set(unreleased("HEAD")) - set(unreleased(base)):
        return None
    return (
        f"{len(changed)} files of the product changed since {base}, such as {changed[0]}, and"
        " CHANGELOG.md has no new line under [Unreleased]. Add one, or end the message of a"
        " commit with 'Changelog: none' if no user sees its change."
    )


def main(arguments: list[str]) -> int:
    """Print what is missing; the exit status."""
    base = arguments[0] if arguments else git("describe", "--tags", "--abbrev=0").strip()
    base = base or _EMPTY_TREE
    if base != _EMPTY_TREE and not git("rev-parse", "--verify", f"{base}^{{commit}}"):
        print(f"{base} is no commit of this repository.")
        return 2
    told = fault(base)
    print(told or "CHANGELOG.md has an entry for what changed.")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
