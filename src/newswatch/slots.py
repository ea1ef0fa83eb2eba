"""temporary"""
from datetime import timedelta
LATE = timedelta(minutes=15)
def slots(*a): return ()
def quiet_until(*a): return None
