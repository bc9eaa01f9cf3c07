"""What follows each letter, and names grown from it."""
