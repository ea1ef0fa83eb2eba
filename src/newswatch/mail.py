"""temporary"""
from newswatch.model import Sent
class MailError(Exception): pass
def transport(server, *, user="", password=""):
    return lambda letter: Sent(letter.id, 250, "ok")
