"""Tools for those who keep the notebooks: nothing here is imported by the package."""
