"""My desk: what is due soonest for the person signed in, and the figures above it."""
