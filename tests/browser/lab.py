"""A real JupyterLab for the browser tests: started on loopback, driven, and stopped again."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]

# All of a notebook is drawn at once, nothing is saved or asked behind the test's back.
OVERRIDES = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}

CHROMIUM_OPTIONS = [  # a container's root may not use the sandbox; the rest keeps it offline
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

RUN_ALL = """async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await window.jupyterapp.commands.execute("notebook:run-all-cells");
  const wrong = [];
  for (const cell of panel.content.model.cells) {
    for (const output of cell.toJSON().outputs ?? []) {
      if (output.output_type === "error") wrong.push(`${output.ename}: ${output.evalue}`);
    }
  }
  return wrong;
}"""

# The time from one movement of a widget's control to the laid-out picture, the median of many.
STEPS = """async ([selector, steps]) => {
  const root = document.querySelector(selector);
  const enter = (field, value) => {
    const input = root.querySelector(field);
    input.value = value;
    input.dispatchEvent(new Event("input"));
  };
  const times = [];
  for (let step = 0; step < steps; step++) {
    const begin = performance.now();
    ACTION;
    await Promise.resolve();
    root.getBoundingClientRect(); // lay out now
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[Math.floor(steps / 2)];
}"""

IDLE = """() => window.jupyterapp.shell.currentWidget
  .sessionContext.session.kernel.status === 'idle'"""

IN_KERNEL = """async (code) => {
  const session = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const future = session.kernel.requestExecute({ code });
  let text = "";
  future.onIOPub = (message) => { text += message.content.text ?? ""; };
  await future.done;
  return text;
}"""


def chromium() -> str | None:
    """Return the path of a Chromium or Chrome on this machine, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


def milliseconds_a_step(page: Page, selector: str, action: str, steps: int = 21) -> float:
    """Return how long a step of a widget takes, in milliseconds: the median of ``steps``.

    ``action`` is a line of JavaScript. It sees ``root``, the element that ``selector`` finds;
    ``step``, from 0 up; and ``enter(field, value)``, which gives a value to the input of ``root``
    that the selector ``field`` finds.
    """
    return float(page.evaluate(STEPS.replace("ACTION", action), [selector, steps]))


def in_python(page: Page, expression: str) -> Any:
    """Return what an expression is worth in the kernel of the open notebook."""
    code = f"import json; print(json.dumps({expression}))"
    return json.loads(page.evaluate(IN_KERNEL, code))


def expect_in_python(page: Page, expression: str, expected: object) -> None:
    """Wait until the kernel has heard of what was done in the browser."""
    for _ in range(100):
        if in_python(page, expression) == expected:
            return
        page.wait_for_timeout(50)
    assert in_python(page, expression) == expected


class Lab:
    """JupyterLab over ``folder``, with settings, kernels and workspaces of its own."""

    def __init__(self, folder: Path, home: Path, disabled: tuple[str, ...] = ()) -> None:
        """Start it; ``disabled`` are extensions of JupyterLab that are not to be there."""
        self.folder, self.token = folder, secrets.token_hex(16)
        settings = home / "app-settings"
        settings.mkdir(parents=True)
        (settings / "overrides.json").write_text(json.dumps(OVERRIDES), encoding="utf-8")
        config = home / "jupyter_config_dir" / "labconfig"
        config.mkdir(parents=True)
        page = {"disabledExtensions": dict.fromkeys(disabled, True)}
        (config / "page_config.json").write_text(json.dumps(page), encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        private = {
            name: str(home / name.lower())
            for name in (
                "JUPYTER_CONFIG_DIR",
                "JUPYTER_DATA_DIR",
                "JUPYTER_RUNTIME_DIR",
                "JUPYTERLAB_SETTINGS_DIR",
                "JUPYTERLAB_WORKSPACES_DIR",
                "IPYTHONDIR",
            )
        }
        environment = {**os.environ, **private, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={folder}",
            f"--LabApp.app_settings_dir={settings}",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=None",
        ]
        self.log = home / "jupyterlab.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self, seconds: float = 90) -> None:
        """Wait until the server answers."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            try:
                address = f"http://127.0.0.1:{self.port}/api?token={self.token}"
                with urllib.request.urlopen(address, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()[-3000:]}")

    def open(self, page: Page, name: str) -> None:
        """Open a notebook alone in the window and wait for its kernel."""
        page.goto(f"http://127.0.0.1:{self.port}/doc/tree/{name}?token={self.token}&reset")
        page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady", timeout=90_000
        )

    def run_all(self, page: Page, seconds: float = 60) -> None:
        """Run all cells of the open notebook; fail if one of them did, or it took too long."""
        page.set_default_timeout(1000 * seconds)
        race = (
            f"() => Promise.race([({RUN_ALL})(), new Promise((_, fail) => setTimeout(() => "
            f"fail(new Error('not finished after {seconds} s')), {1000 * seconds}))])"
        )
        wrong = page.evaluate(race)
        assert not wrong, f"cells failed: {wrong}"
        page.wait_for_function(IDLE)

    def write(self, name: str, *sources: str) -> None:
        """Put a notebook with these code cells into the folder."""
        notebook: Any = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in sources],
            metadata={"kernelspec": {"name": "python3", "display_name": "python3"}},
        )
        nbformat.write(notebook, self.folder / name)

    def show(self, page: Page, name: str, *sources: str) -> None:
        """Write a notebook with these code cells, open it and run them all."""
        self.write(name, *sources)
        self.open(page, name)
        self.run_all(page)

    def show_widget(self, page: Page, name: str, label: str, *sources: str) -> Page:
        """Show a notebook with these code cells, and wait for the widget of this label."""
        self.show(page, name, *sources)
        page.get_by_role("region", name=label, exact=True).wait_for()
        return page

    def stop(self) -> None:
        """Shut the server down, and with it its kernels; kill what does not go."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
