"""What people write about shapes, read: comments, docstrings, annotations, printed output, prose.

Each reader takes a text and returns what it says as `Statement`s, whose columns are of that text.
"""

from archcheck.dialects.annotations import annotation
from archcheck.dialects.comments import comment, shape_alone
from archcheck.dialects.directives import MARK, Directive, directive
from archcheck.dialects.docstrings import docstring
from archcheck.dialects.outputs import PrintedModel, PrintedTable, TableRow
from archcheck.dialects.printed import Printed, printed
from archcheck.dialects.prose import prose

__all__ = [
    "MARK",
    "Directive",
    "Printed",
    "PrintedModel",
    "PrintedTable",
    "TableRow",
    "annotation",
    "comment",
    "directive",
    "docstring",
    "printed",
    "prose",
    "shape_alone",
]
