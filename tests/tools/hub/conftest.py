"""Accounts and their memory are Linux's; elsewhere there is nothing to test here."""

import sys

collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]
