"""Any text, cut into tokens."""
