"""Sphinx's configuration for the site that `make site` builds: all scripts from the site itself."""

project = "lmteach"
html_title = "Language models from the ground up"
extensions = ["myst_nb"]
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header", "myst.xref_missing", "mystnb.unknown_mime_type"]
exclude_patterns = ["_static"]

html_theme = "sphinx_book_theme"
html_theme_options = {"use_download_button": False, "show_navbar_depth": 1}
html_context = {"default_mode": "auto"}
html_static_path: list[str] = []
html_extra_path: list[str] = []
html_css_files = ["site.css"]
html_copy_source = False
mathjax_path = "mathjax/tex-mml-chtml.js"
mathjax3_config = {"options": {"enableMenu": False}}
nb_ipywidgets_js = {
    "require.js": {},
    "site.js": {},
    "@jupyter-widgets/html-manager/dist/embed-amd.js": {},
}


def setup(app) -> None:  # type: ignore[no-untyped-def]
    """The source folder's own scripts; they are copied there by the build."""
    app.config.html_static_path = [f"{app.srcdir}/_static"]
