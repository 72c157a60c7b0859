"""Every link between the pages leads somewhere, and every decision record can be found."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.servers import ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted(path for path in (ROOT / "docs" / "adr").glob("[0-9]*.md") if path.stem != "0000-template")


def prose(page: Path) -> str:
    """A page without its code, in which brackets and number signs mean something else."""
    return re.sub(r"^```.*?^```|^    .*?$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[str]:
    """Targets of all links that are not to other sites; code in the text is no link."""
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    found: list[str] = re.findall(r"\[[^\]]+\]\(\s*([^)\s]+)\s*\)", text)
    return [target for target in found if not re.match(r"[a-z]+:", target)]


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors that GitHub gives the headings of a page."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *$", prose(page), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return frozenset(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in links(page):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        assert file.is_relative_to(ROOT), target
        assert not anchor or anchor in anchors(file), target


def test_links_are_found() -> None:
    assert "docs/operations.md#security" in links(ROOT / "README.md")
    assert "adr/0002-profile-as-one-packed-value.md" in links(ROOT / "docs" / "architecture.md")
    assert "post-v1identify-post-v1alias" in anchors(ROOT / "docs" / "api.md")


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page.suffix == ".md" and page not in reached:
            reached.add(page)
            waiting += [(page.parent / target.partition("#")[0]).resolve() for target in links(page)]
    assert {*PAGES} - reached - {ROOT / "docs" / "adr" / "0000-template.md"} == set()


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_decisions_are_titled_and_listed(decision: Path) -> None:
    number = int(decision.stem[:4])
    head, _, rest = decision.read_text().partition("\n")
    assert re.fullmatch(rf"# {number}\. \w.+", head)
    assert re.search(r"^Date: \d{4}-\d\d-\d\d\. Status: (accepted|superseded)", rest, re.MULTILINE)
    for part in ("Context", "Decision", "Options refused", "Consequences"):
        assert f"\n## {part}\n" in rest
    assert f"adr/{decision.name}" in links(ROOT / "docs" / "architecture.md")
