"""Tells folders in which a store is in danger: network drives, and folders that a program copies
to a cloud while SQLite writes there (fault 60).

Law: it goes by names and by what the system says; nothing is opened or written.
"""

from __future__ import annotations

import os
import re
import sys

# Folders as the programs themselves name them; OneDrive adds a company's name behind a dash.
_SYNCED = re.compile(
    r"dropbox(?: \(.*\))?|onedrive(?: ?- .*)?|google ?drive|googledrive-.*|icloud ?drive"
    r"|mobile documents|com~apple~clouddocs|box|box sync|nextcloud|owncloud|pcloud ?drive|mega"
    r"|yandex\.disk",
    re.IGNORECASE,
)
# File systems whose locks and shared memory don't reach the other machines, or fail.
_NETWORK = {"9p", "afs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4"}
_NETWORK |= {"smb3", "smbfs", "vboxsf", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone"}
_NETWORK |= {"fuse.s3fs", "fuse.sshfs", "fuse.vmhgfs-fuse"}
_MOUNTS = "/proc/self/mounts"
_DRIVE_REMOTE = 4  # what GetDriveTypeW says of a network drive


def danger(path: str) -> str | None:
    """Why a store at this absolute path is in danger, as half a sentence; None where it isn't."""
    folder = synced_folder(path)
    if folder is not None:
        return f"{folder!r} seems to be a folder that is copied to a cloud"
    if _is_on_a_network(path):
        return "it is on a network drive"
    return None


def synced_folder(path: str) -> str | None:
    """The part of a path that is named like a cloud-synced folder."""
    *folders, _ = re.split(r"[\\/]", path)
    return next((name for name in folders if _SYNCED.fullmatch(name)), None)


def file_system(path: str, mounts: str) -> str | None:
    """The type of the file system that holds `path`, by the text of Linux's list of mounts."""
    best, found = "", None
    for line in mounts.splitlines():
        _, place, kind, *_ = (*line.split(" "), "", "", "")
        place = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), place)
        inside = path == place or path.startswith(place.rstrip("/") + "/")
        if place and inside and len(place) >= len(best):  # a later mount covers an earlier one
            best, found = place, kind
    return found


def _is_on_a_network(path: str) -> bool:
    if sys.platform == "win32":
        import ctypes

        drive = os.path.splitdrive(path)[0]
        return drive.startswith("\\\\") or (
            ctypes.windll.kernel32.GetDriveTypeW(drive + "\\") == _DRIVE_REMOTE
        )
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            return file_system(path, file.read()) in _NETWORK
    except OSError:  # macOS and others don't tell in a file
        return False
