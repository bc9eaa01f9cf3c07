"""A chat with a real model, token by token."""
