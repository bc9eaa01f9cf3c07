"""A JupyterHub that is tried with a class of three: accounts, learners' hands, memory, sizes."""
