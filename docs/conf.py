"""The documentation site (`make docs`): the pages of docs/, README, changes, and the API from docstrings."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "spatial-pooling"
author = "the spatial-pooling developers"
version = release = version_of("spatial-pooling")

extensions = ["myst_parser", "sphinx.ext.autodoc", "mathml", "plain_docstrings", "root_pages", "api_pages"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
exclude_patterns = ["_build", "_ext"]
html_math_renderer = "mathml"

html_theme = "furo"
html_title = "How deep convolutional networks lose spatial information"
html_show_sphinx = False
html_copy_source = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "exclude-members": "__init__, __new__"}
# names like Judgement exist in several modules, and links from signatures find them by their whole name
suppress_warnings = ["ref.python"]
