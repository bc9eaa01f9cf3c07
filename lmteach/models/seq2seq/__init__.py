"""From sequence to sequence with recurrent networks and attention."""
