"""JupyterHub for a class on one machine; docs/jupyterhub.md says how to start it and what it takes.

Started by root, who owns the checkout: learners read it and can change nothing in it.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
LEARNERS = int(os.environ.get("LMTEACH_LEARNERS", "3"))  # how many work at the same time

c = get_config()

# Who may come in: accounts of this machine, with their passwords, that are in this group.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {"lmteach"}
c.PAMAuthenticator.open_sessions = False

# The way in. Plain HTTP: put a server that speaks HTTPS before it, or give it ssl_cert and ssl_key.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.ConfigurableHTTPProxy.command = [str(HERE / "proxy/node_modules/.bin/configurable-http-proxy")]

# What each learner gets: a server of their own account, begun by start.py.
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.cmd = [sys.executable, str(HERE / "start.py"), sys.executable, "-m"]
c.Spawner.cmd += ["jupyterhub.singleuser"]
c.Spawner.notebook_dir = "~/lmteach"
c.Spawner.default_url = "/lab/tree/00_start_here.ipynb"
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # all at once, on the first morning

# The bound of each process, in start.py: a kernel that wants more gets a MemoryError and lives on.
c.Spawner.mem_limit = "3G"

# Each kernel its share of the cores, and no more threads than that.
THREADS = str(max(1, (os.cpu_count() or 1) // LEARNERS))
NAMES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
c.Spawner.environment = dict.fromkeys(NAMES, THREADS) | {
    "LMTEACH_CACHE": str(CHECKOUT / "build/cache"),  # one for all, written by root alone
    "LMTEACH_WORKBOOKS": str(CHECKOUT / "build/students"),
}

# Memory comes back: a closed notebook's kernel after an hour, an idle server after three.
c.Spawner.args = ["--MappingKernelManager.cull_idle_timeout=3600"]
c.Spawner.args += ["--ServerApp.shutdown_no_activity_timeout=10800"]
