"""temporary"""
def seal(d): return b"x"
def message_id(i, s): return f"<{i}@x>"
def plain(d): return "x"
