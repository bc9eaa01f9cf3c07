"""The interactive parts, a folder each. All show a picture with alt text where they can't run."""
