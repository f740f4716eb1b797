"""Pages of the orders chapter beside its lists."""
