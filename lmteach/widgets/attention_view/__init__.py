"""Arcs, a heat map and all heads of any attention."""
