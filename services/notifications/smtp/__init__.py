"""Speaking SMTP: connections that are kept open, and messages pipelined through them."""
