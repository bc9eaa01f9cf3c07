"""A question that is answered before the page answers it."""
