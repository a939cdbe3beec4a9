"""How Conduit says no."""


class Refusal(Exception):  # noqa: N818 (it is an answer, not an error of ours)
    def __init__(self, code: str, info: str) -> None:
        super().__init__(f"{code}: {info}")
        self.code, self.info = code, info
