"""Pictures and words in one space, and words about pictures. Notebook 23."""
