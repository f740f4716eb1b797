"""The storefront as a visitor gets it: pages are fetched, read, and compared with what we say."""
