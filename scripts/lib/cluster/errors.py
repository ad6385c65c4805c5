"""What ends a command with one sentence."""


class Refused(Exception):
    def __init__(self, text, code=2):
        super().__init__(text)
        self.code = code
