"""Who is who: measured against the truth where there is one."""
