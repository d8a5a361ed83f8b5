"""The flags of docker's commands, as far as it takes to find the image in their arguments.

From the help of docker 28 and buildx 0.20 and their hidden flags. A flag that is not here ends the
reading: guessing whether it takes a value would be guessing which word is the image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Flags:
    """``valued`` take a value, ``switches`` do not; long names, and single letters.

    ``anywhere`` says that flags may come behind the first other word as well.
    """

    valued: frozenset[str]
    switches: frozenset[str]
    anywhere: bool = True


def _of(valued: str, switches: str, *, anywhere: bool = True) -> Flags:
    return Flags(frozenset(valued.split()), frozenset(switches.split()), anywhere)


GLOBAL: Final = _of(
    "config c context H host l log-level tlscacert tlscert tlskey",
    "D debug tls tlsverify v version h help",
    anywhere=False,
)
PULL: Final = _of("platform", "a all-tags q quiet disable-content-trust h help")
PUSH: Final = PULL
_CONTAINER: Final = """
    add-host annotation a attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent
    cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime c
    cpu-shares cpus cpuset-cpus cpuset-mems detach-keys device device-cgroup-rule device-read-bps
    device-read-iops device-write-bps device-write-iops dns dns-opt dns-option dns-search domainname
    entrypoint e env env-file expose gpus group-add health-cmd health-interval health-retries
    health-start-interval health-start-period health-timeout h hostname io-maxbandwidth io-maxiops
    ip ip6 ipc isolation kernel-memory l label label-file link link-local-ip log-driver log-opt
    mac-address m memory memory-reservation memory-swap memory-swappiness mount name net network
    network-alias net-alias oom-score-adj pid pids-limit platform p publish pull restart runtime
    security-opt shm-size stop-signal stop-timeout storage-opt sysctl tmpfs ulimit u user userns uts
    v volume volume-driver volumes-from w workdir
"""
RUN: Final = _of(
    _CONTAINER,
    """d detach disable-content-trust help init i interactive no-healthcheck oom-kill-disable
    privileged P publish-all q quiet read-only rm sig-proxy t tty use-api-socket""",
    anywhere=False,
)
BUILD: Final = _of(
    """add-host allow annotation attest build-arg build-context builder cache-from cache-to call
    cgroup-parent cpu-period cpu-quota c cpu-shares cpuset-cpus cpuset-mems f file iidfile isolation
    label m memory memory-swap metadata-file network no-cache-filter o output platform progress
    provenance sbom secret security-opt shm-size ssh t tag target ulimit""",
    """check compress D debug disable-content-trust force-rm load no-cache pull push q quiet rm
    squash h help""",
)


def _commands(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Commands that neither fetch nor send an image: they pass as they are.
HARMLESS: Final = _commands(
    """
    attach commit cp diff events exec export history images import info inspect kill load login
    logout logs pause port ps rename restart rm rmi save search start stats stop tag top unpause
    update version wait help checkpoint context config network node secret system volume swarm
    container/attach container/commit container/cp container/diff container/exec container/export
    container/inspect container/kill container/list container/logs container/ls container/pause
    container/port container/prune container/ps container/rename container/restart container/rm
    container/start container/stats container/stop container/top container/unpause
    container/update container/wait
    image/history image/import image/inspect image/list image/load image/ls image/prune image/rm
    image/save image/tag
    builder/prune buildx/du buildx/inspect buildx/ls buildx/prune buildx/rm buildx/stop buildx/use
    buildx/version
    plugin/disable plugin/enable plugin/inspect plugin/ls plugin/rm plugin/set
    service/inspect service/logs service/ls service/ps service/rm service/rollback service/scale
    stack/ls stack/ps stack/rm stack/services
    """
)
GROUPS: Final = _commands(
    "builder buildx compose container image manifest plugin service stack trust"
)
VERIFIED: Final = {
    "pull": "pull",
    "image/pull": "pull",
    "push": "push",
    "image/push": "push",
    "run": "run",
    "container/run": "run",
    "create": "create",
    "container/create": "create",
    "build": "build",
    "image/build": "build",
    "builder/build": "build",
    "buildx/build": "build",
    "buildx/b": "build",
}
