"""What every table of the settings shares: unknown keys are refused, values keep their types, nothing changes later."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
