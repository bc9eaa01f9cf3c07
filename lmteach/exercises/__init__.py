"""The checks behind "Your turn": one file for each notebook."""
