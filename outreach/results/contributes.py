"""What the results room contributes to earlier ones."""

import os
from collections.abc import Iterator
from typing import Any

from outreach.core.contributions import Contribution, Finding, MenuEntry
from outreach.core.state import state


def check_documents_folder(app: Any) -> Iterator[Finding]:
    """Look whether uploads can be kept and found again."""
    folder = state(app).settings.documents
    # A folder that is not there yet is made with the first upload, where its parent lets us.
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    is_well = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    yield Finding(
        "Folder of documents",
        is_well,
        f"{folder} can be written." if is_well else f"{folder} cannot be written.",
        "" if is_well else f"Give the account Outreach runs under the right to write {nearest}.",
    )


CONTRIBUTION = Contribution(
    doctor=(check_documents_folder,),
    menu=(MenuEntry("Results", "results.overview", "light-bulb", "results.see", 30),),
)
