"""No test reaches the network: here, in a subprocess, and in a kernel."""

import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat import v4

# An address kept for documentation: nothing answers there, should the guard ever fail.
FAR = ("192.0.2.1", 80)
TRY = f"import socket\nsocket.create_connection({FAR!r}, timeout=1)"


def test_in_this_process() -> None:
    with pytest.raises(OSError, match="no network in tests"):
        socket.create_connection(FAR, timeout=1)
    with pytest.raises(OSError, match="no network in tests"):
        socket.getaddrinfo("example.org", 80)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        with pytest.raises(OSError, match="no network in tests"):
            datagram.sendto(b"x", FAR)
    with pytest.raises(OSError, match="no network in tests"):
        urllib.request.urlopen("https://example.org")


def test_in_a_subprocess() -> None:
    done = subprocess.run([sys.executable, "-c", TRY], capture_output=True, text=True)
    assert done.returncode == 1
    assert "no network in tests: socket." in done.stderr


def test_in_a_kernel(tmp_path: Path) -> None:
    notebook = v4.new_notebook(cells=[v4.new_code_cell(TRY)])
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, allow_errors=True, timeout=60, resources=place).execute()
    (output,) = notebook.cells[0].outputs
    assert "no network in tests" in output.evalue


def test_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), timeout=5) as client:
            connection, _ = server.accept()
            with connection:
                client.sendall(b"hello")
                assert connection.recv(5) == b"hello"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets on this system")
def test_unix_sockets_are_allowed() -> None:
    left, right = socket.socketpair(socket.AF_UNIX)
    with left, right:
        left.sendall(b"x")
        assert right.recv(1) == b"x"
