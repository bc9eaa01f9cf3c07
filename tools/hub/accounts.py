"""Accounts of this machine, made for a check and removed after it. Needs root."""

import grp
import os
import pwd
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

GROUP = "lmteach"  # who may come in, in docs/hub/jupyterhub_config.py


@dataclass(frozen=True)
class Account:
    """A learner's account."""

    name: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    @property
    def home(self) -> Path:
        return Path(pwd.getpwnam(self.name).pw_dir)

    def processes(self) -> list[psutil.Process]:
        """Every process that runs as this account."""
        number, found = pwd.getpwnam(self.name).pw_uid, []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess):
                if process.uids().real == number:
                    found.append(process)
        return found


@contextmanager
def accounts(names: list[str], group: str = GROUP) -> Iterator[list[Account]]:
    """New accounts with their homes; gone at the end, with all that runs in them.

    They are in a ``group`` of learners, or in none where it is "".

    Raises ``FileExistsError`` if there is one of that name, which is left as it is.
    """
    if there := {entry.pw_name for entry in pwd.getpwall()} & {*names}:
        raise FileExistsError(f"There is already an account {', '.join(sorted(there))}.")
    new = bool(group) and group not in {entry.gr_name for entry in grp.getgrall()}
    if new:
        subprocess.run(["groupadd", group], check=True)
    made: list[Account] = []
    try:
        for name in names:
            line = ["useradd", "--create-home", "--groups", group, "--key", "HOME_MODE=0700"]
            subprocess.run([*line, name], check=True)
            made.append(Account(name))
            given = f"{name}:{made[-1].password}"
            subprocess.run(["chpasswd"], input=given, text=True, check=True)
        yield made
    finally:
        for account in made:
            _end(account)
            line = ["userdel", "--remove", account.name]
            subprocess.run(line, check=True, capture_output=True)
        if new:
            subprocess.run(["groupdel", group], check=True)


def _end(account: Account, patience: float = 10) -> None:
    """End what still runs in an account, and wait until it is gone."""
    until = time.monotonic() + patience
    while (running := account.processes()) and time.monotonic() < until:
        for process in running:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.1)
