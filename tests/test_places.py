"""Where a store is in danger (fault 60): told by names and file systems, and warned of once."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from wixcrm_local import CRM, WixCRMWarning
from wixcrm_local.places import danger, file_system, synced_folder

MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/export /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/local ext4 rw 0 0
//nas/share /mnt/my\\040share cifs rw 0 0
tmpfs /mnt/my\\040share/fast tmpfs rw 0 0
C: /mnt/c 9p rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "is_synced"),
    [
        ("Dropbox", True),
        ("Dropbox (Personal)", True),
        ("OneDrive", True),
        ("OneDrive - Contoso Ltd", True),
        ("Google Drive", True),
        ("GoogleDrive-ana@example.com", True),
        ("Mobile Documents", True),
        ("com~apple~CloudDocs", True),
        ("iCloudDrive", True),
        ("Nextcloud", True),
        ("Documents", False),
        ("boxes", False),
        ("omega", False),
        ("my-onedrive-notes", False),
    ],
)
def test_synced_folders_are_known_by_name(folder: str, is_synced: bool) -> None:
    """Fault 60: whatever the case of letters, anywhere above the file."""
    for name in (folder, folder.upper()):
        path = str(Path.home() / name / "Shop" / "contacts.db")
        assert (synced_folder(path) == name) is is_synced
    assert synced_folder(str(Path.home() / "x" / folder)) is None, "the file itself may be so named"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/x.db", "ext4"),
        ("/home/ana/x.db", "nfs4"),
        ("/home/local/x.db", "ext4"),
        ("/homely/x.db", "ext4"),
        ("/mnt/my share/x.db", "cifs"),
        ("/mnt/my share/fast/x.db", "tmpfs"),
        ("/mnt/c/Users/ana/x.db", "9p"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    """Fault 60: mounts stand in each other, and blanks in their names are escaped."""
    assert file_system(path, MOUNTS) == kind
    assert file_system(path, "") is None
    assert file_system(path, "what is this\n\n") is None


def test_opening_there_warns_and_works(tmp_path: Path) -> None:
    """Fault 60: the warning names the danger and the remedy; nothing is refused."""
    folder = tmp_path / "Dropbox"
    folder.mkdir()
    with pytest.warns(WixCRMWarning, match=r"'Dropbox' .* cloud; .*crm\.backup") as caught:
        crm = CRM(folder / "x.db")
    with crm:
        crm.create_contact({"emails": ["ana@example.com"]})
    assert caught[0].message.code == "UNSAFE_PLACE"
    assert caught[0].filename == __file__


def test_a_usual_place_is_silent(tmp_path: Path) -> None:
    """Fault 60: no warning where there is no danger, nor in memory."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CRM(tmp_path / "x.db").close()
        CRM().close()
    assert danger(str(tmp_path / "x.db")) is None
