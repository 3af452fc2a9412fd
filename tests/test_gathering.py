"""What a cluster sends is completed with what is known here. One in this process stands in."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from moderation.assessing import found_comments, portion_language
from moderation.cluster import AssessedPortion, Cluster, WorkOrder
from moderation.cluster.work import Assessor, TravellingBrief
from moderation.errors import ClusterError
from moderation.pipeline import Manner, ScanResult, scan
from moderation.portions import Portion, Unread
from moderation.reading import contents_of
from moderation.records import FoundComment

from .conftest import WordScorer
from .test_pipeline import numbered


@dataclass(slots=True)
class InThisProcess(Cluster):
    """Reads and assesses here, through the bytes that would travel; counts what it scored."""

    scored: list[int] = field(default_factory=list)

    def assessed(self, order: WorkOrder) -> Iterator[AssessedPortion | Unread]:
        """See `Cluster.assessed`."""
        brief = TravellingBrief.of(order.brief, order.identity)
        assessor = Assessor(pickle.loads(pickle.dumps(brief)))
        assessor._known = order.known
        for page in order.pages:
            for one in assessor.assessed([*contents_of(page)]):
                done = getattr(one, "comments", ())
                self.scored.append(sum(not isinstance(c, FoundComment) for c in done))
                yield one

    def as_json(self) -> Mapping[str, Any]:
        """See `Cluster.as_json`."""
        return {"name": "here"}


class Claiming(InThisProcess):
    """Says of every comment that it was known."""

    def assessed(self, order: WorkOrder) -> Iterator[AssessedPortion | Unread]:
        """See `Cluster.assessed`."""
        detectors = order.brief.load()
        for page in order.pages:
            for one in contents_of(page):
                if isinstance(one, Portion):
                    language = portion_language(one, detectors)
                    yield AssessedPortion(
                        language=language,
                        comments=tuple(found_comments(one, language)),
                        finished=one.finished,
                    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Three pages, one of which cannot be read."""
    folder = tmp_path / "site"
    folder.mkdir()
    for name in ("a", "c"):
        comments = (f"Remark {n} of {name}, {'glorbly' if n % 2 else 'calm'}." for n in range(6))
        (folder / f"{name}.txt").write_text(numbered(*comments))
    (folder / "b.txt").touch()
    return folder


def everything(result: ScanResult) -> list[object]:
    """All that a pass says, but for what names its engine."""
    receipt = result.receipt.as_json()
    receipt["settings"].pop("engine", None)
    return [list(result.judged), [row.cells() for row in result.rows], receipt]


def test_a_cluster_gives_what_one_machine_gives(
    site: Path, words: WordScorer, word_policy: Path
) -> None:
    """And the receipt names it."""
    cluster = InThisProcess()
    there = scan([site], policy=word_policy, model=words, manner=Manner(cluster=cluster))
    assert everything(there) == everything(scan([site], policy=word_policy, model=words))
    assert there.receipt.settings["engine"] == {"name": "here"}
    assert [failure.reason for failure in there.receipt.failures] == ["the file is empty"]


def test_only_what_is_new_is_scored_there(
    site: Path, tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """What the cluster scored is kept here, for a scan of either kind."""
    cache = tmp_path / "queue.cache.sqlite"
    first, second = InThisProcess(), InThisProcess()
    scan(
        [site / "a.txt"],
        policy=word_policy,
        model=words,
        manner=Manner(cache=cache, cluster=first),
    )
    there = scan(
        [site], policy=word_policy, model=words, manner=Manner(cache=cache, cluster=second)
    )
    assert (first.scored, second.scored) == ([6], [0, 0, 6])
    heard: list[int] = []
    manner = Manner(cache=cache, on_progress=lambda progress: heard.append(progress.comments_known))
    here = scan([site], policy=word_policy, model=words, manner=manner)
    assert heard[-1] == 12
    assert everything(there) == everything(here)


def test_a_comment_that_was_taken_for_known_is_assessed_here(
    site: Path, tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """Another policy may want evidence that was not kept: nothing is left out for that."""
    cache = tmp_path / "queue.cache.sqlite"
    manner = Manner(cache=cache, cluster=Claiming())
    there = scan([site / "*[ac].txt"], policy=word_policy, model=words, manner=manner)
    here = scan([site / "*[ac].txt"], policy=word_policy, model=words)
    assert everything(there) == everything(here)
    without = scan(
        [site / "*[ac].txt"], policy=word_policy, model=words, manner=Manner(cluster=Claiming())
    )
    assert everything(without) == everything(here)


def test_term_tables_travel_with_the_brief(
    site: Path, tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """Another machine has not the user's files; the lexicon there is the same, version and all."""
    table = tmp_path / "en-desk.csv"
    table.write_text("term,category,target,severity\nremark,political,nobody,4\n")
    terms = [table]
    cluster = InThisProcess()
    there = scan(
        [site], policy=word_policy, model=words, terms=terms, manner=Manner(cluster=cluster)
    )
    here = scan([site], policy=word_policy, model=words, terms=terms)
    assert there.receipt.counts.flagged == 12
    assert everything(there) == everything(here)


def test_other_detectors_do_not_take_part(words: WordScorer, word_policy: Path) -> None:
    """A machine with another lexicon would give other rows."""
    from moderation.assessing import Brief
    from moderation.policy import load_policy

    brief = Brief(policy=load_policy(word_policy), model=words)
    with pytest.raises(ClusterError, match="another version of this tool"):
        TravellingBrief.of(brief, "1; another tool").load()
