"""The library again, where contacts are changed: raw mappings in, whole contacts out."""

from __future__ import annotations

import os

from edits import FIELD, Edit, Merge

from contenders.ours import Ours


class OursChanging(Ours):
    CONTENTS = """
    SELECT contact_number, match_key FROM contact_emails
    UNION ALL SELECT contact_number, match_key FROM contact_phones WHERE match_key IS NOT NULL
    UNION ALL SELECT contact_number, first_name || ' ' || last_name FROM contacts
    UNION ALL SELECT contact_number, 'revision ' || revision FROM contacts
    UNION ALL SELECT contact_number, value FROM contact_custom_fields
    UNION ALL SELECT merged_into, 'merged ' || contact_number FROM removed_contacts
    UNION ALL SELECT coalesce(merged_into, contact_number), 'changed'
    FROM contact_changes LEFT JOIN removed_contacts USING (contact_number)
    ORDER BY 1, 2"""

    def prepare(self, folder: str) -> str:
        """The file to be copied, made ready."""
        path = os.path.join(folder, "ours.db")
        self.open(path, "normal")
        self.crm.custom_fields.create(FIELD)
        self.close()
        return path

    def update(self, edit: Edit) -> object:
        return self.crm.update_contact(edit.id, edit.info)

    def merge(self, pair: Merge) -> object:
        return self.crm.merge_contacts(pair.target, pair.source)
