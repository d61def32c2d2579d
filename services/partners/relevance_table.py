"""Prints who hears of what, for the documentation: python -m services.partners.relevance_table"""

import sys

from services.partners.domain.relevance import as_markdown

if __name__ == "__main__":
    sys.stdout.write(as_markdown())
