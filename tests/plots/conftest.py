"""jaxtyping checks shapes in every test, except where bad input is to meet our own checks."""

import jaxtyping
import pytest


@pytest.fixture
def without_shape_checks():
    """Call the package as a user does, without jaxtyping's checker in between."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
