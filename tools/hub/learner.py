"""A learner at work through the hub's own doors: the login page, the API, a kernel's channel."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import Any

import websocket

PATIENCE = 180  # seconds that anything may take before the check gives up


class HubError(Exception):
    """What did not go as it must, in one line."""


def may_enter(address: str, name: str, password: str) -> bool:
    """Whether the login page lets this password in."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.open(f"{address}/hub/login", timeout=PATIENCE).close()
    guard = next(cookie.value for cookie in jar if cookie.name == "_xsrf") or ""
    form = {"username": name, "password": password, "_xsrf": guard}
    sent = urllib.parse.urlencode(form).encode()
    try:
        opener.open(f"{address}/hub/login?next=/hub/home", sent, timeout=PATIENCE).close()
    except urllib.error.HTTPError as error:
        if error.code == 403:
            return False
        raise
    return True


@dataclass
class Door:
    """The hub's address, and the token that is shown there."""

    address: str
    token: str

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What the API answers; None where it answers nothing. ``HTTPError`` where it refuses."""
        request = urllib.request.Request(
            f"{self.address}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        answer: HTTPResponse
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def refusal(self, method: str, path: str) -> int:
        """The status with which the API refuses; 200 if it does not."""
        try:
            self.ask(method, path)
        except urllib.error.HTTPError as error:
            return error.code
        return 200


def without_buffers(received: str | bytes) -> str | bytes:
    """The JSON of a message. Where a widget's bytes come with it, it is the first of several parts.

    Such a message begins with how many parts there are and where each begins, as four bytes each.
    """
    if isinstance(received, str):
        return received
    count = int.from_bytes(received[:4], "big")
    begins = [int.from_bytes(received[4 * i : 4 * i + 4], "big") for i in range(1, count + 1)]
    return received[begins[0] : begins[1] if count > 1 else None]


@dataclass
class Ran:
    """What came of a cell: text of its outputs, name of its error or "", seconds."""

    text: str
    error: str
    seconds: float


class Notebook:
    """A notebook that is open, with its kernel."""

    _channel: websocket.WebSocket | None

    def __init__(self, door: Door, name: str, file: str) -> None:
        """Open a learner's file and start its kernel."""
        self.door, self.name, self.file = door, name, file
        asked = {"path": file, "name": file, "type": "notebook", "kernel": {"name": "python3"}}
        session = door.ask("POST", f"/user/{name}/api/sessions", asked)
        self.kernel, self._channel = session["kernel"]["id"], None

    def cells(self) -> list[str]:
        """The source of its code cells."""
        found = self.door.ask("GET", f"/user/{self.name}/api/contents/{self.file}")
        cells = found["content"]["cells"]
        return [cell["source"] for cell in cells if cell["cell_type"] == "code"]

    def run(self, code: str) -> Ran:
        """Run a cell and wait for its end."""
        channel = self._channel = self._channel or self._connect()
        identity, began = uuid.uuid4().hex, time.perf_counter()
        header = {"msg_id": identity, "msg_type": "execute_request", "session": identity}
        header |= {"username": self.name, "version": "5.3", "date": ""}
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        channel.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        text, error, idle, replied = "", "", False, False
        while not (idle and replied):
            kind, said = _hear(channel, identity)
            text += said.get("text", "") if kind == "stream" else ""
            text += said["data"].get("text/plain", "") if kind == "execute_result" else ""
            error = said["ename"] if kind == "error" else error
            idle |= kind == "status" and said["execution_state"] == "idle"
            replied |= kind == "execute_reply"
        return Ran(text, error, time.perf_counter() - began)

    def after_a_kill(self) -> str:
        """Wait until the server has put a new kernel in the place of one that was killed."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            time.sleep(0.5)
            try:
                return self.run("print('here')").text.strip()
            except (HubError, OSError, websocket.WebSocketException):
                self.close()
        raise HubError("no new kernel came after the old one was killed")

    def close(self) -> None:
        """Leave the kernel alone; the next cell finds it again.

        The server drops who does not listen for a while.
        """
        if self._channel is not None:
            self._channel.close()
        self._channel = None

    def _connect(self) -> websocket.WebSocket:
        address = self.door.address.replace("http", "ws", 1)
        return websocket.create_connection(
            f"{address}/user/{self.name}/api/kernels/{self.kernel}/channels",
            header=[f"Authorization: token {self.door.token}"],
            timeout=PATIENCE,
            http_no_proxy=["127.0.0.1"],
        )


def _hear(channel: websocket.WebSocket, identity: str) -> tuple[str, dict[str, Any]]:
    """The next message that answers this one."""
    while True:
        received = without_buffers(channel.recv())
        if not received:
            raise HubError("the server closed a kernel's channel")
        message = json.loads(received)
        if message.get("content", {}).get("execution_state") == "restarting":
            raise HubError("the kernel died")
        if message["parent_header"].get("msg_id") == identity:
            return message["msg_type"], message["content"]


def start_server(door: Door, name: str) -> float:
    """Start a learner's server; seconds until it answers."""
    began = time.perf_counter()
    door.ask("POST", f"/hub/api/users/{name}/server")
    while not door.ask("GET", f"/hub/api/users/{name}")["servers"].get("", {}).get("ready"):
        if time.perf_counter() - began > PATIENCE:
            raise HubError(f"the server of {name} did not start in {PATIENCE} s")
        time.sleep(0.2)
    return time.perf_counter() - began
