"""A gradient that vanishes, holds or explodes."""
