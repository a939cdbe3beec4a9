"""What a visitor may do beyond looking."""


def may_publish() -> bool:
    """Whether this visitor may publish a rota. Where nobody signs in, whoever reaches the app may."""
    return True
