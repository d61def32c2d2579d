"""The operator's command line, the seed of Lamphun, and the demo."""

import warnings

# Commands that open the databases import the services' storage, and with it nameko, which needs eventlet.
warnings.filterwarnings("ignore", r"\s*Eventlet is deprecated")
