"""Four ways to find, among many documents, those that answer a query."""
