"""The iterations of Baum–Welch as a film."""
