"""A JupyterHub with the configuration of docs/hub, on free ports, stopped again at the end."""

import os
import secrets
import socket
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from lmteach.files import write_whole
from tools.hub.learner import PATIENCE, Door, HubError
from tools.lesson.filling import ROOT

CONFIG = ROOT / "docs" / "hub" / "jupyterhub_config.py"
# What the check adds to the class's configuration: ports, a token that may act for learners, and
# where JupyterLab lies, since this environment stands on top of another.
ADDED = """\
c = get_config()
load_subconfig({config!r})
c.JupyterHub.bind_url = {address!r}
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.JupyterHub.services = [{{"name": "check", "api_token": {token!r}}}]
scopes = ["admin:users", "admin:servers", "access:servers", "tokens"]
c.JupyterHub.load_roles = [{{"name": "check", "scopes": scopes, "services": ["check"]}}]
c.Spawner.environment = c.Spawner.environment | {below!r}
"""


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@contextmanager
def running(python: Path, folder: Path) -> Iterator[tuple[Door, psutil.Process]]:
    """The hub, with a door for who may act for all; its files lie in ``folder``.

    Raises ``HubError`` if it does not answer in time.
    """
    folder.mkdir(parents=True)
    (folder / "check").mkdir(mode=0o700)  # the token is in there
    port, hub, api = _free_ports(3)
    door = Door(f"http://127.0.0.1:{port}", secrets.token_hex(16))
    below = Path(sys.prefix)
    places = {
        "JUPYTER_PATH": str(below / "share/jupyter"),
        "JUPYTERLAB_DIR": str(below / "share/jupyter/lab"),
        "JUPYTER_CONFIG_PATH": str(below / "etc/jupyter"),
    }
    given = {"config": str(CONFIG), "address": door.address, "hub": hub, "api": api}
    config = folder / "check" / "config.py"
    write_whole(config, ADDED.format(**given, token=door.token, below=places))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (folder / "log.txt").open("w", encoding="utf-8") as log:
        line = [str(python), "-m", "jupyterhub", "-f", str(config)]
        process = psutil.Popen(line, cwd=folder, stdout=log, stderr=log, env=environment)
    try:
        _wait(door, process, folder / "log.txt")
        yield door, process
    finally:
        _stop(process)


def _wait(door: Door, process: psutil.Popen, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            door.ask("GET", "/hub/api/")
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    last = "\n".join(log.read_text(encoding="utf-8").splitlines()[-15:])
    raise HubError(f"the hub did not come up:\n{last}")


def _stop(process: psutil.Popen, patience: float = 30) -> None:
    """Ask the hub to end, with its proxy and servers, and see that it does."""
    family = [process, *process.children(recursive=True)] if process.poll() is None else []
    if family:
        process.terminate()
    try:
        process.wait(patience)
    except psutil.TimeoutExpired:
        print(f"the hub did not end in {patience:.0f} s and was killed", file=sys.stderr)
    for one in psutil.wait_procs(family, timeout=5)[1]:
        one.kill()
