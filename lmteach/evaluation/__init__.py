"""Measuring: information, and the scoreboard on which every model stands."""
