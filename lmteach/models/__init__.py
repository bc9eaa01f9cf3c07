"""The models, a folder for each topic. Import from the modules themselves."""
