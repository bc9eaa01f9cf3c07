"""The collection as a site: pages with live widgets, offline."""
