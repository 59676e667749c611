"""TEMP"""


class ServiceAddresses:
    def __init__(self, n, p=None):
        self.n = n
