"""What the demonstration is called, for those who announce it and those who make it."""

# For demonstration only: everybody knows it. Accounts that have it are never made in production
# unless somebody insists.
DEMO_PASSWORD = "opsdesk-demo"

STORE = "demo"
STORE_ABROAD = "demo-us"

# One log-in per role is called like the role; these two show what a narrower view looks like.
WAREHOUSE_SOUTH = "warehouse_south"
REVIEWER_ABROAD = "order_reviewer_us"
