"""Customer 360: many systems' customer data, turned into one trusted customer."""
