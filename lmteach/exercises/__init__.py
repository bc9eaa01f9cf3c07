"""The checks behind "Your turn": one file for each notebook, on `feedback` and what it needs."""
