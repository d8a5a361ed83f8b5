"""Updates that every server accepts, and the order of versions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from notary_conformance import metadata
from notary_conformance.answer import require
from notary_conformance.case import Trial, scripted, update
from notary_conformance.keys import ecdsa_key
from notary_conformance.metadata import Delegation, Role, signed_file
from notary_conformance.multipart import Part, parts_of
from notary_conformance.outcome import OK, VERSION, Accepted
from notary_conformance.owner import Files, Owner
from notary_conformance.reader import walk

RACERS = 4
TAGS = 2000
MEANWHILE = 20


def _with_client_snapshot(trial: Trial) -> Owner:
    return trial.owner(snapshot_key=ecdsa_key())


def _reversed(owner: Owner) -> list[Part]:
    return parts_of(dict(reversed(owner.first_files().items())))


def _with_delegation(owner: Owner) -> Files:
    releases = Delegation("targets/releases", Role((owner.targets_key.named,)))
    files = owner.first_files()
    files["targets"] = owner.targets(version=1, delegations=(releases,))
    files[releases.name] = signed_file(metadata.targets(), (owner.targets_key,))
    return files


def _next(owner: Owner) -> Part:
    return Part("targets", owner.targets(version=2))


def _many_tags(owner: Owner) -> Files:
    entries = {f"build-{number}": metadata.target() for number in range(TAGS)}
    return {"targets": owner.sign_targets(metadata.targets(entries, version=2))}


def _odd_names(owner: Owner) -> Files:
    entry = {**metadata.target(), "custom": {"note": "<a> & b", "list": [1, None, True]}}
    entries = {'<&>"\\ \u00e4\u2028': entry}
    return {"targets": owner.sign_targets(metadata.targets(entries, version=2))}


ACCEPTED = (
    update(
        "publishing/first",
        "4.1",
        "root and targets for a new repository",
        Owner.first_files,
        Accepted(),
        prepare=Trial.owner,
    ),
    update(
        "publishing/first-with-snapshot",
        "4.1",
        "root, targets and a snapshot signed by the client's own key",
        Owner.first_files,
        Accepted(),
        prepare=_with_client_snapshot,
    ),
    update(
        "publishing/first-with-delegation",
        "4.1",
        "root, targets and a delegation declared there",
        _with_delegation,
        Accepted(),
        prepare=Trial.owner,
    ),
    update(
        "publishing/any-order",
        "3.1",
        "targets before root",
        _reversed,
        Accepted(),
        prepare=Trial.owner,
    ),
    update(
        "publishing/later",
        "3.1",
        "the next targets file alone",
        lambda owner: {"targets": owner.targets(version=2)},
        Accepted(),
    ),
    update(
        "publishing/nothing",
        "3.2",
        "an empty multipart, as docker does when a tag is pushed again",
        lambda _owner: [],
        Accepted(),
    ),
    update(
        "publishing/other-field-name",
        "3.1",
        "a part whose field is called `upload`",
        lambda owner: [replace(_next(owner), field="upload")],
        Accepted(),
    ),
    update(
        "publishing/other-part-type",
        "3.1",
        "a part of type `application/json`",
        lambda owner: [replace(_next(owner), content_type="application/json")],
        Accepted(),
    ),
    update(
        "publishing/name-with-json",
        "3.1",
        "a part whose file name is `targets.json`",
        lambda owner: [replace(_next(owner), filename="targets.json")],
        Accepted(),
    ),
    update(
        "publishing/timestamp-thrown-away",
        "3.6",
        "targets, and a part `timestamp` with other content",
        lambda owner: {"targets": owner.targets(), "timestamp": owner.targets(version=7)},
        Accepted(),
    ),
    update(
        "publishing/version-gap",
        "5.1",
        "targets version 5 after version 1",
        lambda owner: {"targets": owner.targets(version=5)},
        Accepted(),
    ),
    update(
        "publishing/many-tags",
        "3.1",
        f"{TAGS} tags at once",
        _many_tags,
        Accepted(),
    ),
    update(
        "publishing/names-that-go-escapes",
        "5.3",
        "a target name and custom data with `<`, `>`, `&`, quotes and U+2028, escaped as Go does",
        _odd_names,
        Accepted(),
    ),
)

VERSIONS = (
    update(
        "publishing/same-version",
        "5.1",
        "other targets with the stored version",
        lambda owner: {"targets": owner.targets(version=1, life=metadata.ROOT_LIFE / 20)},
        VERSION,
    ),
    update(
        "publishing/same-bytes",
        "5.1",
        "the stored targets file again",
        lambda owner: {"targets": owner.published["targets"]},
        VERSION,
    ),
    update(
        "publishing/same-root",
        "4.4",
        "the stored root again",
        lambda owner: {"root": owner.published["root"]},
        VERSION,
    ),
)


@scripted(
    "publishing/older-version",
    "5.1",
    "targets version 2 after version 3",
    "400 `VERSION`, and version 3 stays",
)
def older_version(trial: Trial) -> None:
    owner = trial.published()
    owner.publish({"targets": owner.targets(version=3)})
    VERSION.judge(owner.post({"targets": owner.targets(version=2)}), trial.profile)
    require(walk(owner.collection).version("targets") == 3, "version 3 is gone")


@scripted(
    "publishing/all-or-nothing",
    "3.3",
    "good targets with a delegation whose signature is bad",
    "400, and nothing of it is seen",
)
def all_or_nothing(trial: Trial) -> None:
    owner = trial.published()
    releases = Delegation("targets/releases", Role((owner.targets_key.named,)))
    stranger = signed_file(metadata.targets(), (ecdsa_key(),))
    before = owner.state()
    good = owner.targets(version=2, delegations=(releases,))
    answer = owner.post({"targets": good, releases.name: stranger})
    require(answer.status == 400, f"got {answer.in_brief()}")
    require(owner.state() == before, "something of it is seen")
    owner.publish({"targets": owner.targets(version=2)})


@scripted(
    "publishing/race",
    "3.4",
    f"{RACERS} different updates to one version at the same time",
    "one accepted, the others 400 `VERSION`, and the repository readable",
)
def race(trial: Trial) -> None:
    owner = trial.published()
    for version in (2, 3, 4):
        files = [owner.targets(version=version) for _ in range(RACERS)]
        with ThreadPoolExecutor(RACERS) as pool:
            answers = list(pool.map(lambda content: owner.post({"targets": content}), files))
        accepted = [number for number, answer in enumerate(answers) if answer.status == OK]
        require(len(accepted) == 1, f"{len(accepted)} were accepted")
        for answer in answers:
            if answer.status != OK:
                VERSION.judge(answer, trial.profile)
        served = walk(owner.collection).files["targets"]
        require(served == files[accepted[0]], "not the accepted file is served")


@scripted(
    "publishing/race-of-firsts",
    "3.4",
    f"{RACERS} owners publishing a new repository at the same time",
    "one accepted, the others 400; the repository is that owner's and readable",
)
def race_of_firsts(trial: Trial) -> None:
    files = [trial.owner().first_files() for _ in range(RACERS)]
    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(trial.owner().post, files))
    accepted = [number for number, answer in enumerate(answers) if answer.status == OK]
    require(len(accepted) == 1, f"{len(accepted)} were accepted")
    for answer in answers:
        require(answer.status in {OK, 400}, f"got {answer.in_brief()}")
    served = walk(trial.collection()).files["root"]
    require(served == files[accepted[0]]["root"], "not the accepted root is served")


@scripted(
    "publishing/reading-meanwhile",
    "3.3",
    f"{MEANWHILE} updates, and a client without a cache that reads all the time",
    "each time it sees one consistent set, and never an older one than before",
)
def reading_meanwhile(trial: Trial) -> None:
    owner = trial.published()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_publish_many, owner)
        seen = [walk(owner.collection).version("timestamp")]
        while not writing.done():
            seen.append(walk(owner.collection).version("timestamp"))
        writing.result()
    require(seen == sorted(seen), f"versions {seen}")


def _publish_many(owner: Owner) -> None:
    for version in range(2, 2 + MEANWHILE):
        owner.publish({"targets": owner.targets(version=version)})


@scripted(
    "publishing/targets-of-a-tag",
    "1.4",
    "a tag with `custom` data and a SHA-512",
    "kept as they are",
)
def tag_details(trial: Trial) -> None:
    owner = trial.published()
    entry = {**metadata.described(b"manifest"), "custom": {"built": "today", "n": 3}}
    owner.publish({"targets": owner.sign_targets(metadata.targets({"1.0": entry}, version=2))})
    seen = walk(owner.collection).signed("targets")["targets"]["1.0"]
    require(seen == entry, f"got {seen!r}")
