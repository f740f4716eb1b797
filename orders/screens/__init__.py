"""Screens of the orders chapter, a module for each subject; `orders.admin` brings them in."""
