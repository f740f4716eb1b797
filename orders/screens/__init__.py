"""Screens of the chapter that are not lists of orders and customers."""
